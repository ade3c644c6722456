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

let isStopped = false

/** A signal has come: what fails from now on fails because of it. */
export const isStopping = (): boolean => isStopped

/** 128 and the number of the signal, as a shell tells it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export function cleanUpOnSignals(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES))
    process.once(signal, () => {
      isStopped = true
      cleanUp().finally(() => process.exit(code))
    })
}
