/** How often to look whether the parent is still there. */
const POLL_MS = 500

/** Calls back once when this process is no longer the child of `parent`, however that died and however early. */
export function whenParentDies(parent: number, callback: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, POLL_MS)
  timer.unref()
}
