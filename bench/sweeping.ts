// The worker's loop, as src/worker/tasks/expire-due-orders.ts runs it: one session, a batch a transaction, until nothing is due.
import pg from 'pg'
import type { Database } from './server.ts'

const BATCH_SIZE = 500
/** Of the picture; a batch is too short to be seen. */
const POINTS_EVERY_S = 1

export type Progress = { seconds: number; closed: number }[]

/** `beforeBatch` hears how many are closed; the sweep ends early when `isOver` says so. Batches in ms. */
export async function sweepAll(
  database: Database,
  {
    beforeBatch = () => {},
    isOver = () => false,
  }: { beforeBatch?: (closed: number) => void; isOver?: () => boolean } = {},
) {
  const client = new pg.Client({ connectionString: database.url, application_name: 'weelo-bench' })
  await client.connect()
  const batches: number[] = []
  const progress: Progress = [{ seconds: 0, closed: 0 }]
  let closed = 0
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  try {
    for (let batch = BATCH_SIZE; batch > 0 && !isOver(); ) {
      beforeBatch(closed)
      const begunAt = performance.now()
      const { rows } = await client.query<{ closed: number }>({
        name: 'sweep',
        text: 'select api.expire_due_orders($1) as closed',
        values: [BATCH_SIZE],
      })
      batch = rows[0]?.closed ?? 0
      closed += batch
      batches.push(performance.now() - begunAt)
      if (seconds() > (progress.at(-1)?.seconds ?? 0) + POINTS_EVERY_S) progress.push({ seconds: seconds(), closed })
    }
    progress.push({ seconds: seconds(), closed })
    return { seconds: seconds(), batches, progress }
  } finally {
    await client.end()
  }
}

/** The customer of a due order, by its place in the order in which the sweep takes them. */
export const dueCustomer = "md5('due ' || :place::bigint)::uuid"
/** The middle of the batch that is about to begin. */
export const placeInNextBatch = (closed: number): number => closed + BATCH_SIZE / 2
