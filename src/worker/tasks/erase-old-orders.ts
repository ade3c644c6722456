import type { Task } from 'graphile-worker'
import type { Logger } from 'pino'
import { factsForLog } from '../../facts-for-log.ts'

const text = 'select api.erase_old_orders($1) as erased'

/** Some 50 ms of work, and so for how long an admin may wait for a row of it. Nobody waits for it to end. */
const BATCH_SIZE = 200

/** A worker does one job at a time: after this long it gives way to the sweep of what is due, and goes on behind it. */
const TURN_MS = 20_000

const jobKey = 'erase_old_orders'

/** Erases until nothing is old enough, a transaction a batch, and logs one line a turn: ErasureJob. */
export function eraseOldOrders(log: Logger, turnMs = TURN_MS): Task {
  return async (_payload, helpers) => {
    const startedAt = performance.now()
    const elapsedMs = () => Math.round(performance.now() - startedAt)
    let erased = 0
    let isDone = false
    const facts = () => ({ tag: 'ErasureJob', erased, isDone, durationMs: elapsedMs() })
    try {
      while (!isDone && elapsedMs() < turnMs && !helpers.abortSignal?.aborted) {
        const { rows } = await helpers.query<{ erased: number }>(text, [BATCH_SIZE])
        const batch = rows[0]?.erased ?? 0
        erased += batch
        isDone = batch === 0
      }
      if (!isDone) await helpers.addJob('erase_old_orders', {}, { jobKey })
    } catch (error) {
      log.error({ ...facts(), ...factsForLog(error) }, 'the erasing of old orders failed; it will be tried again')
      throw error
    }
    log.info(facts(), 'old orders erased')
  }
}
