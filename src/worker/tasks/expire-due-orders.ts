import type { Task } from 'graphile-worker'
import type { Logger } from 'pino'

const text = 'select api.expire_due_orders($1) as closed'

/** Small enough that a create waits for no lock longer than one batch, large enough that a backlog clears fast. */
const BATCH_SIZE = 500

/** Sweeps until nothing is due, a transaction a batch, and logs one line for operators, who look for CleanupJob. */
export function expireDueOrders(log: Logger): Task {
  return async (_payload, helpers) => {
    const startedAt = performance.now()
    let closed = 0
    for (let batch = BATCH_SIZE; batch > 0 && !helpers.abortSignal?.aborted; ) {
      const { rows } = await helpers.query<{ closed: number }>(text, [BATCH_SIZE])
      batch = rows[0]?.closed ?? 0
      closed += batch
    }
    log.info({ tag: 'CleanupJob', closed, durationMs: Math.round(performance.now() - startedAt) }, 'due orders expired')
  }
}
