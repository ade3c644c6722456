import type { Task } from 'graphile-worker'
import type { Logger } from 'pino'
import { factsForLog } from '../../facts-for-log.ts'
import type { Metrics } from '../../metrics/metrics.ts'

const text = 'select api.expire_due_orders($1) as closed'

/** Small enough that a create waits for no lock longer than one batch, large enough that a backlog clears fast. */
const BATCH_SIZE = 500

/** Sweeps until nothing is due, a transaction a batch, and logs one line for operators, who look for CleanupJob. */
export function expireDueOrders(log: Logger, metrics: Metrics): Task {
  return async (_payload, helpers) => {
    const startedAt = performance.now()
    let closed = 0
    const seconds = () => (performance.now() - startedAt) / 1000
    const facts = () => ({ tag: 'CleanupJob', closed, durationMs: Math.round(seconds() * 1000) })
    try {
      for (let batch = BATCH_SIZE; batch > 0 && !helpers.abortSignal?.aborted; ) {
        const { rows } = await helpers.query<{ closed: number }>(text, [BATCH_SIZE])
        batch = rows[0]?.closed ?? 0
        closed += batch
      }
    } catch (error) {
      metrics.sweep('failed', closed, seconds())
      log.error({ ...facts(), ...factsForLog(error) }, 'the sweep failed; it will be tried again')
      throw error
    }
    metrics.sweep('done', closed, seconds())
    log.info(facts(), 'due orders expired')
  }
}
