// The worker's part: nothing is correct only because it runs, but it must go on after every fault.
import { until } from '../support/until.ts'
import { ask } from './cluster.ts'

/** The crontab's two minutes, and what a sweep of a whole load may take. */
const NEXT_SWEEP_MS = 150_000

type Sweep = { finished_at: Date; closed_count: number }

/** Resolves when a sweep has begun and ended after this instant, by the database's clock. */
export async function nextSweep(databaseUrl: string): Promise<void> {
  const [now] = await ask<{ at: Date }>(databaseUrl, 'select clock_timestamp() as at')
  await until(
    async () => {
      const rows = await ask<Sweep>(databaseUrl, 'select from app.sweeps where started_at > $1', [now?.at])
      return rows.length > 0
    },
    'the worker has swept again',
    NEXT_SWEEP_MS,
  )
}

/** How many orders are due that nothing has closed, and for how many seconds the oldest has been. */
export async function due(databaseUrl: string): Promise<{ due_count: number; oldest_due_seconds: number }> {
  const [row] = await ask<{ due_count: number; oldest_due_seconds: number }>(
    databaseUrl,
    "select due_count, oldest_due_seconds from api.sweep_status() where name = 'expire_due_orders'",
  )
  return row ?? { due_count: Number.NaN, oldest_due_seconds: Number.NaN }
}
