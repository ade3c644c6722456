// A sweep as the worker does it, with what its batches took.
import pg from 'pg'
import { BATCH_SIZE, closeBatch, SWEEPERS, sweepDueOrders } from '../src/worker/sweep-due-orders.ts'
import type { Database } from './server.ts'

/** By which one tells its sessions from those of customers. */
export const SWEEPER = 'weelo-bench-sweeper'

/** Of the picture; a batch is too short to be seen. */
const POINTS_EVERY_S = 1

export type Progress = { seconds: number; closed: number }[]

/** `beforeBatch` hears how many batches have begun; the sweep ends early when `isOver` says so. Batches in ms. */
export async function sweepAll(
  database: Database,
  {
    beforeBatch = () => {},
    isOver = () => false,
  }: { beforeBatch?: (begun: number) => void; isOver?: () => boolean } = {},
) {
  const pool = new pg.Pool({ connectionString: database.url, application_name: SWEEPER, max: SWEEPERS })
  const batches: number[] = []
  const progress: Progress = [{ seconds: 0, closed: 0 }]
  let [begun, closed] = [0, 0]
  let startedAt = 0
  const seconds = () => (performance.now() - startedAt) / 1000
  async function batch(): Promise<number> {
    beforeBatch(begun++)
    const begunAt = performance.now()
    const closedNow = await closeBatch((text, values) => pool.query(text, values))
    closed += closedNow
    batches.push(performance.now() - begunAt)
    if (seconds() > (progress.at(-1)?.seconds ?? 0) + POINTS_EVERY_S) progress.push({ seconds: seconds(), closed })
    return closedNow
  }
  try {
    await openAll(pool)
    startedAt = performance.now()
    await sweepDueOrders(batch, isOver)
    progress.push({ seconds: seconds(), closed })
    return { seconds: seconds(), batches, progress }
  } finally {
    await pool.end()
  }
}

/** What a batch calls they compile in their first. */
async function openAll(pool: pg.Pool): Promise<void> {
  const sessions = await Promise.all(Array.from({ length: SWEEPERS }, () => pool.connect()))
  for (const session of sessions) await session.query('select api.expire_due_orders(0)')
  for (const session of sessions) session.release()
}

/** The customer of a due order, by its place in the order in which the sweep takes them. */
export const dueCustomer = "md5('due ' || :place::bigint)::uuid"
/** Amid the orders that are free when this batch begins: it takes them, or the other sweeper does. */
export const placeInNextBatch = (begun: number): number => (begun + 0.5) * BATCH_SIZE
