// Slows down or counts what phones ask for, so that none of them holds up anybody else's request.

/** Lets at most this many run at once; the others wait in line. */
export function atMost<Arguments extends unknown[], Result>(
  count: number,
  work: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (...given) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work(...given)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** Says of each call whether it is within a rate: `burst` at once, and `perSecond` from then on. */
export function within(perSecond: number, burst: number): () => boolean {
  let left = burst
  let at = performance.now()
  return () => {
    const now = performance.now()
    left = Math.min(burst, left + ((now - at) / 1000) * perSecond) - 1
    at = now
    return left >= 0
  }
}
