import { type Runner, run, Logger as WorkerLogger } from 'graphile-worker'
import { pino } from 'pino'
import { afterEach, expect, it } from 'vitest'
import { makePool } from '../../src/db/pool.ts'
import { eraseOldOrders } from '../../src/worker/tasks/erase-old-orders.ts'
import { startWorker } from '../../src/worker/worker.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make } from '../support/make.ts'
import { testMetrics } from '../support/running.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const pool = makePool(db.ownerUrl, 4, () => {})

type Line = { tag: string; erased: number; isDone: boolean; durationMs: number; level: number; closed?: number }
const lines: Line[] = []
const log = pino({ base: undefined }, { write: (line) => lines.push(JSON.parse(line)) })
const turns = () => lines.filter(({ tag }) => tag === 'ErasureJob')
const erasedBy = (runs: Line[]) => runs.reduce((sum, { erased }) => sum + erased, 0)

const countOf = async (from: string) => (await one<{ n: number }>(db.owner, `select count(*)::integer as n ${from}`)).n
const left = () =>
  countOf("from app.orders where not is_live and erased_at is null and created_at < now() - interval '400 days'")
const jobs = () => countOf("from graphile_worker.jobs where task_identifier = 'erase_old_orders'")
const lockedJobs = () => countOf('from graphile_worker.jobs where locked_at is not null')
const call = () => db.owner.query("select graphile_worker.add_job('erase_old_orders', job_key => 'erase_old_orders')")

async function oldOrders(count: number): Promise<void> {
  await db.owner.query(
    `insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
       drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
     select gen_random_uuid(), now() - interval '401 days', now() + interval '1 hour', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
     from generate_series(1, $1::integer)`,
    [count],
  )
  await db.owner.query("update app.orders set status = 'cancelled' where is_open")
}

let runner: Runner | undefined
afterEach(async () => {
  await runner?.stop()
  runner = undefined
  lines.length = 0
})

it('erases at night what is old, batch after batch until nothing is, and logs one line', async () => {
  await oldOrders(450)
  await make.order(db.owner, { status: 'completed', createdAgo: '399 days' })
  runner = await startWorker(pool, log, testMetrics())
  const { rows } = await db.owner.query('select identifier from graphile_worker._private_known_crontabs')
  expect(rows).toContainEqual({ identifier: 'erase_old_orders' })
  expect(await left()).toBe(450) // not at once: only the clock calls
  await call()
  await until(async () => (await left()) === 0 && (await jobs()) === 0, 'all are erased')
  expect(turns()).toMatchObject([{ erased: 450, isDone: true, durationMs: expect.any(Number) }])
  expect(await countOf('from app.orders where erased_at is null')).toBe(1)
})

it('logs a line for a night on which nothing was old, too', async () => {
  runner = await startWorker(pool, log, testMetrics())
  await call()
  await until(async () => turns().length > 0, 'it has run')
  expect(turns()).toMatchObject([{ erased: 0, isDone: true }])
})

it('gives way to a sweep when its turn is over, and goes on behind it', async () => {
  await oldOrders(450)
  const order: string[] = []
  runner = await run({
    pgPool: pool,
    concurrency: 1,
    noHandleSignals: true,
    logger: new WorkerLogger(() => () => {}),
    taskList: {
      erase_old_orders: async (...job) => {
        await eraseOldOrders(log, 1)(...job)
        if (order.push('turn') === 1)
          await db.owner.query("select graphile_worker.add_job('sweep', run_at => now() - interval '1 hour')")
      },
      sweep: async () => void order.push('sweep'),
    },
  })
  await call()
  await until(async () => turns().some(({ isDone }) => isDone) && (await jobs()) === 0, 'all are erased')
  expect(turns().map(({ erased }) => erased)).toEqual([200, 200, 50, 0])
  expect(order.slice(0, 3)).toEqual(['turn', 'sweep', 'turn'])
})

it('stops between two batches, loses nothing, and a later worker goes on', async () => {
  await oldOrders(4_000)
  // Half a second for each batch, so that the whole would take ten.
  await db.owner.query(
    `create function app.is_slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.0025); return null; end';
     create trigger is_slow after update of erased_at on app.orders for each row execute function app.is_slow()`,
  )
  runner = await startWorker(pool, log, testMetrics())
  await call()
  await until(async () => (await left()) < 4_000, 'a batch is erased')
  await runner.stop()
  const rest = await left()
  expect(rest).toBeGreaterThan(0)
  expect(await lockedJobs()).toBe(0)
  expect(erasedBy(turns())).toBe(4_000 - rest)
  expect(await jobs()).toBe(1)

  await db.owner.query('drop trigger is_slow on app.orders; drop function app.is_slow()')
  runner = await startWorker(pool, log, testMetrics())
  await until(async () => (await left()) === 0 && (await jobs()) === 0, 'the later worker has erased the rest')
  expect(erasedBy(turns())).toBe(4_000)
})

it('says what failed, and is tried again', async () => {
  await oldOrders(1)
  await db.owner.query('alter function api.erase_old_orders(integer) rename to erase_old_orders_away')
  runner = await startWorker(pool, log, testMetrics())
  await call()
  await until(async () => turns().length > 0, 'it has failed')
  expect(turns()[0]).toMatchObject({ level: 50, erased: 0, isDone: false, code: '42883' })
  await db.owner.query('alter function api.erase_old_orders_away(integer) rename to erase_old_orders')
  await db.owner.query("update graphile_worker._private_jobs set run_at = now() where key = 'erase_old_orders'")
  await until(async () => (await left()) === 0, 'it has been tried again')
})
