import { pino } from 'pino'
import { expect, it } from 'vitest'
import { makePool } from '../../src/db/pool.ts'
import { startWorker } from '../../src/worker/worker.ts'
import { copyDatabase, one } from '../support/database.ts'
import { testMetrics } from '../support/running.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()

const add = async (task: string, key?: string) =>
  (await one<{ id: string }>(db.owner, 'select id from graphile_worker.add_job($1, job_key => $2)', [task, key])).id
/** As a worker leaves it that was killed, or has it that works on it. */
const lock = (id: string, worker: string, ago: string) =>
  db.owner.query(
    'update graphile_worker._private_jobs set locked_by = $2, locked_at = now() - $3::interval, attempts = 1 where id = $1',
    [id, worker, ago],
  )
const isDone = async (id: string) =>
  (await db.owner.query('select from graphile_worker._private_jobs where id = $1', [id])).rowCount === 0

it('the job of a worker that is gone is freed after ten minutes and runs; one of a minute ago is left to its worker', async () => {
  const [old, recent] = [await add('expire_due_orders'), await add('expire_due_orders')]
  await lock(old, 'worker-that-was-killed', '11 min')
  await lock(recent, 'worker-that-works', '1 min')
  const pool = makePool(db.ownerUrl, 4, () => {})
  const runner = await startWorker(pool, pino({ level: 'silent' }), testMetrics())
  const does = async (task: string) => {
    const id = await add(task)
    await until(() => isDone(id), `${task} has run`)
  }

  await does('expire_due_orders')
  expect([await isDone(old), await isDone(recent)]).toEqual([false, false]) // nobody takes what is locked

  await does('free_orphaned_jobs')
  await until(() => isDone(old), 'the orphan has run')
  await does('expire_due_orders')
  expect(await one(db.owner, 'select locked_by from graphile_worker._private_jobs where id = $1', [recent])).toEqual({
    locked_by: 'worker-that-works',
  })

  // The clock has called again: the queue gave the new job the old one's key, and the old one may never be tried again.
  const replaced = await add('expire_due_orders', 'sweep')
  await lock(replaced, 'worker-that-was-killed', '11 min')
  await add('expire_due_orders', 'sweep')
  await does('free_orphaned_jobs')
  expect(await isDone(replaced)).toBe(true)
  await runner.stop()
  await pool.end()
})
