import { parseCronItems, type Runner, run, Logger as WorkerLogger } from 'graphile-worker'
import type pg from 'pg'
import type { Logger } from 'pino'
import { expireDueOrders } from './tasks/expire-due-orders.ts'

/** How long a sweep in progress may go on after stop(); it then ends between two batches, having lost nothing. */
const STOP_WAIT_MS = 4_000

/**
 * Runs housekeeping: every two minutes, and once now. Nothing is correct only because this runs. No queue name: a killed
 * job would hold its queue for four hours. The job key keeps sweeps from piling up while no worker runs.
 */
export async function startWorker(pgPool: pg.Pool, log: Logger): Promise<Runner> {
  const runner = await run({
    pgPool,
    concurrency: 1,
    noHandleSignals: true,
    logger: new WorkerLogger(() => (level, message) => {
      if (level === 'error' || level === 'warning') log.warn({ tag: 'worker' }, message)
    }),
    taskList: { expire_due_orders: expireDueOrders(log) },
    parsedCronItems: parseCronItems([
      {
        task: 'expire_due_orders',
        match: '*/2 * * * *',
        identifier: 'expire_due_orders',
        options: { jobKey: 'expire_due_orders', backfillPeriod: 0 },
      },
    ]),
    // Without these two a job that ends during the stop stays locked for four hours.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0, gracefulShutdownAbortTimeout: STOP_WAIT_MS } },
  })
  await runner.addJob('expire_due_orders', {}, { jobKey: 'expire_due_orders' })
  return runner
}
