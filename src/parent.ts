/** How often to look whether the parent is still there. */
const POLL_MS = 500

/** Calls back once when this process's parent has died, however it died. For programs that a terminal's npm started. */
export function whenParentDies(callback: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, POLL_MS)
  timer.unref()
}
