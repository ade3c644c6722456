import type { Task } from 'graphile-worker'
import type { Logger } from 'pino'
import { factsForLog } from '../../facts-for-log.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { closeBatch, sweepDueOrders } from '../sweep-due-orders.ts'

/** Sweeps until nothing is due, a transaction a batch, and logs one line for operators, who look for CleanupJob. */
export function expireDueOrders(log: Logger, metrics: Metrics): Task {
  return async (_payload, helpers) => {
    const startedAt = performance.now()
    let closed = 0
    const seconds = () => (performance.now() - startedAt) / 1000
    const facts = () => ({ tag: 'CleanupJob', closed, durationMs: Math.round(seconds() * 1000) })
    async function batch(): Promise<number> {
      const closedNow = await closeBatch((text, values) => helpers.query(text, values))
      closed += closedNow
      return closedNow
    }
    try {
      await sweepDueOrders(batch, () => helpers.abortSignal?.aborted ?? false)
    } catch (error) {
      metrics.sweep('failed', closed, seconds())
      log.error({ ...facts(), ...factsForLog(error) }, 'the sweep failed; it will be tried again')
      throw error
    }
    metrics.sweep('done', closed, seconds())
    log.info(facts(), 'due orders expired')
  }
}
