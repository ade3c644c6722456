import { setTimeout as sleep } from 'node:timers/promises'
import { parseCronItems, type Runner, run, Logger as WorkerLogger } from 'graphile-worker'
import type pg from 'pg'
import type { Logger } from 'pino'
import { assertDirectPool } from '../db/direct-session.ts'
import { factsForLog } from '../facts-for-log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { eraseOldOrders } from './tasks/erase-old-orders.ts'
import { expireDueOrders } from './tasks/expire-due-orders.ts'
import { freeOrphanedJobs } from './tasks/free-orphaned-jobs.ts'

/** A night whose minute found no worker, as in a deploy, is made up for at the next start, if that is not too late. */
const NIGHT_MS = 4 * 60 * 60 * 1_000

const onClock = (task: string, match: string, backfillPeriod = 0) => ({
  task,
  match,
  identifier: task,
  options: { jobKey: task, backfillPeriod },
})

/** In UTC; half past nine in the evening is three in the morning in India. */
export const cronItems = [
  onClock('expire_due_orders', '*/2 * * * *'),
  onClock('erase_old_orders', '30 21 * * *', NIGHT_MS),
  onClock('free_orphaned_jobs', '*/10 * * * *'),
]

/** How long a sweep in progress may go on after stop(); it then ends between two batches, having lost nothing. */
const STOP_WAIT_MS = 1_500

/**
 * Runs housekeeping: every two minutes, and once now; what is old is erased at night. Nothing is correct only because this
 * runs. No queue name: a killed job would hold its queue for four hours. The job key keeps sweeps from piling up while no
 * worker runs.
 */
export async function startWorker(pgPool: pg.Pool, log: Logger, metrics: Metrics): Promise<Runner> {
  await assertDirectPool(pgPool)
  await forgetTheFuture(pgPool)
  const runner = await run({
    pgPool,
    concurrency: 1,
    noHandleSignals: true,
    logger: new WorkerLogger(() => (level, message) => {
      if (level === 'error' || level === 'warning') log.warn({ tag: 'worker' }, message)
    }),
    taskList: {
      expire_due_orders: expireDueOrders(log, metrics),
      erase_old_orders: eraseOldOrders(log),
      free_orphaned_jobs: freeOrphanedJobs,
    },
    parsedCronItems: parseCronItems(cronItems),
    // Without these two a job that ends during the stop stays locked for four hours.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0, gracefulShutdownAbortTimeout: STOP_WAIT_MS } },
  })
  await runner.addJob('expire_due_orders', {}, { jobKey: 'expire_due_orders' })
  return runner
}

/** How soon a worker is tried again that found no database, or one that is not migrated. */
const AGAIN_AFTER_MS = 2_000

/** A worker as soon as the database lets there be one: like the listeners, it waits for a database that is away. */
export function keepWorker(pgPool: pg.Pool, log: Logger, metrics: Metrics): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  async function start(): Promise<Runner | undefined> {
    while (!stopping.signal.aborted) {
      try {
        return await startWorker(pgPool, log, metrics)
      } catch (error) {
        const { message, code } = error as NodeJS.ErrnoException
        log.warn({ tag: 'worker', ...factsForLog(error) }, `the worker cannot start yet: ${message || code}`)
        await sleep(AGAIN_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
    return undefined
  }
  const starting = start()
  return {
    stop: async () => {
      stopping.abort()
      await (await starting)?.stop()
    },
  }
}

/** The clock's calls are remembered by the clock of the process that made them; one that was ahead would keep ours silent. */
async function forgetTheFuture(pgPool: pg.Pool): Promise<void> {
  await pgPool.query(
    'update graphile_worker._private_known_crontabs set last_execution = null where last_execution > now()',
  )
}
