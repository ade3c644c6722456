// How a process ends: one step after another, and never later than its supervisor allows.
import type { Logger } from 'pino'

/**
 * After this a stop gives up on being graceful. Below the ten seconds that supervisors allow, and above what its steps
 * may take: 5 s for the balancer, 2 s for requests, 1.5 s for a sweep, 0.5 s for database sessions.
 */
const STOP_LIMIT_MS = 9_500

export type Step = [what: string, work: () => Promise<unknown>]

/** Runs the steps once, however often it is called, and exits: with 1 when one fails or the time is over, saying which. */
export function stopInSteps(log: Logger, steps: Step[], limitMs = STOP_LIMIT_MS): () => void {
  let isCalled = false
  let current = ''
  async function run(): Promise<void> {
    for (const [what, work] of steps) {
      current = what
      await work()
    }
  }
  const giveUp = (reason: string) => {
    log.error({ step: current, reason }, 'stopped, but not well')
    process.exit(1)
  }
  return () => {
    if (isCalled) return
    isCalled = true
    log.info('stopping')
    setTimeout(() => giveUp('it took too long'), limitMs).unref()
    run().then(
      () => {
        log.info('stopped')
        process.exit(0)
      },
      (error: Error) => giveUp(error.message),
    )
  }
}
