// What a run leaves behind must be nothing, also after Ctrl-C: newest first, as it was made.

const steps: (() => unknown)[] = []
let isCleaning: Promise<void> | undefined

/** To be done at the end, however it comes. Returns a function that does it now instead. */
export function atTheEnd(step: () => unknown): () => Promise<void> {
  steps.push(step)
  return async () => {
    const index = steps.indexOf(step)
    if (index < 0) return
    steps.splice(index, 1)
    await step()
  }
}

export function cleanUp(): Promise<void> {
  isCleaning ??= (async () => {
    for (let step = steps.pop(); step; step = steps.pop()) await Promise.resolve(step()).catch(() => {})
    isCleaning = undefined
  })()
  return isCleaning
}

/** 128 and the number of the signal, as a shell tells it. */
export function cleanUpOnSignals(): void {
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const])
    process.once(signal, () => void cleanUp().finally(() => process.exit(code)))
}
