import { parseCronItems } from 'graphile-worker'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { makePool } from '../../src/db/pool.ts'
import { cronItems, keepWorker, startWorker } from '../../src/worker/worker.ts'
import { copyDatabase, type DatabaseCopy, one } from '../support/database.ts'
import { make } from '../support/make.ts'
import { testMetrics } from '../support/running.ts'
import { isFull, range } from '../support/scale.ts'
import { until } from '../support/until.ts'

/** A worker on a copy, as main.ts runs it, with its log lines. */
async function worker(db: DatabaseCopy) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: undefined }, { write: (line) => lines.push(JSON.parse(line)) })
  const pool = makePool(db.ownerUrl, 4, () => {})
  const runner = await startWorker(pool, log, testMetrics())
  const runs = () => lines.filter((line) => line.tag === 'CleanupJob')
  const stop = async () => {
    const startedAt = performance.now()
    await runner.stop()
    await pool.end()
    return performance.now() - startedAt
  }
  return { lines, runs, stop }
}

/** Orders that have been due for a minute, one truck each. */
const dueOrders = (db: DatabaseCopy, count: number) =>
  db.owner.query(
    `with o as (
       insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
         drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
       select gen_random_uuid(), now() - interval '2 min', now() - interval '1 min', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
       from generate_series(1, $1::integer) returning customer_id, id)
     insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, created_at, updated_at)
     select customer_id, id, 1, 'open', '17 Feet', 1, now(), now() from o`,
    [count],
  )

/** The clock may call while a test runs and add a sweep that finds nothing: what counts is what all of them closed. */
const closedBy = (runs: Record<string, unknown>[]) => runs.reduce((sum, run) => sum + Number(run.closed), 0)
const countOf = async (db: DatabaseCopy, sql: string) =>
  (await one<{ n: number }>(db.owner, `select count(*)::integer as n ${sql}`)).n
const openOrders = (db: DatabaseCopy) => countOf(db, 'from app.orders where is_open')
const jobs = (db: DatabaseCopy) => countOf(db, 'from graphile_worker._private_jobs')
const lockedJobs = (db: DatabaseCopy) => countOf(db, 'from graphile_worker._private_jobs where locked_at is not null')

describe('the worker', async () => {
  const db = await copyDatabase()

  it('sweeps at once, batch after batch until nothing is due, and logs one line', async () => {
    await dueOrders(db, 1_200)
    const { runs, lines, stop } = await worker(db)
    await until(async () => runs().length > 0, 'a sweep has ended')
    expect(await openOrders(db)).toBe(0)
    await until(async () => (await jobs(db)) === 0, 'the job is done')
    await stop()
    expect(runs()[0]).toMatchObject({ tag: 'CleanupJob', closed: 1_200, durationMs: expect.any(Number) })
    expect(closedBy(runs())).toBe(1_200)
    expect(lines).toEqual(runs())
    expect(await countOf(db, "from app.order_events where to_status = 'expired' and actor = 'clock'")).toBe(1_200)
  })

  it('logs a line for a sweep that found nothing, too', async () => {
    const { runs, stop } = await worker(db)
    await until(async () => runs().length > 0, 'a sweep has ended')
    await stop()
    expect(runs()[0]).toMatchObject({ closed: 0 })
  })

  it('is registered for the clock, and no queue can hold its sweeps up', async () => {
    const { stop } = await worker(db)
    const { rows } = await db.owner.query('select identifier from graphile_worker._private_known_crontabs order by 1')
    expect(rows.map(({ identifier }) => identifier)).toEqual([
      'erase_old_orders',
      'expire_due_orders',
      'free_orphaned_jobs',
    ])
    expect(await countOf(db, 'from graphile_worker._private_jobs where job_queue_id is not null')).toBe(0)
    await stop()
  })

  it('is called again by the clock although a process whose clock was ahead has called it', async () => {
    await db.owner.query(
      "update graphile_worker._private_known_crontabs set last_execution = now() + interval '1 hour'",
    )
    const { stop } = await worker(db)
    expect(await countOf(db, 'from graphile_worker._private_known_crontabs where last_execution > now()')).toBe(0)
    await stop()
  })

  it('leaves no locked job when it stops, however soon', async () => {
    for (const _ of range(5)) {
      const { stop } = await worker(db)
      await stop()
      expect(await lockedJobs(db)).toBe(0)
    }
    const { runs, stop } = await worker(db)
    await until(async () => runs().length > 0, 'a later worker sweeps')
    await stop()
    expect(await lockedJobs(db)).toBe(0)
  })

  it('two of them share the work and close each order once', async () => {
    await db.owner.query('delete from graphile_worker._private_jobs')
    await dueOrders(db, 600)
    const before = await countOf(db, "from app.order_events where to_status = 'expired'")
    const both = await Promise.all([worker(db), worker(db)])
    await until(async () => (await openOrders(db)) === 0, 'nothing is due')
    await until(async () => (await jobs(db)) === 0, 'no job is left')
    await Promise.all(both.map(({ stop }) => stop()))
    expect(await countOf(db, "from app.order_events where to_status = 'expired'")).toBe(before + 600)
    expect(closedBy(both.flatMap(({ runs }) => runs()))).toBe(600)
  })

  it('goes on after its sessions were terminated', async () => {
    const { runs, stop } = await worker(db)
    await until(
      async () => runs().length > 0 && (await jobs(db)) === 0,
      'the first sweep has ended, and its job is gone',
    )
    await db.owner.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'weelo-order-service'",
    )
    await make.order(db.owner, { dueIn: '-1 s' })
    await db.owner.query("select graphile_worker.add_job('expire_due_orders', job_key => 'expire_due_orders')")
    await until(async () => (await openOrders(db)) === 0, 'it sweeps again', 30_000)
    await stop()
    expect(await lockedJobs(db)).toBe(0)
  })

  it.runIf(isFull)('sweeps again at the next even minute', async () => {
    const { runs, stop } = await worker(db)
    await until(async () => runs().length > 0, 'the first sweep has ended')
    const due = await make.order(db.owner, { dueIn: '-1 s' })
    await until(async () => closedBy(runs()) === 1, 'the clock has called', 130_000)
    expect(new Date(Number(runs().at(-1)?.time)).getUTCMinutes() % 2).toBe(0)
    expect(await one(db.owner, 'select status from app.orders where id = $1', [due.id])).toEqual({ status: 'expired' })
    await stop()
  })
})

describe('the clock', () => {
  /** The minutes of a day at which a task is called, as 21:30. */
  const minutesOf = (task: string) => {
    const item = parseCronItems(cronItems).find((each) => each.task === task)
    return range(24 * 60)
      .map((minute) => ({ hour: Math.floor(minute / 60), min: minute % 60 }))
      .filter((at) => item?.match({ ...at, date: 26, month: 11, dow: 4 }))
      .map(({ hour, min }) => `${hour}:${min}`)
  }

  it('calls for the erasing once a day, at three in the morning in India, and some hours later if nobody heard', () => {
    expect(minutesOf('erase_old_orders')).toEqual(['21:30'])
    const hours = (cronItems.find(({ task }) => task === 'erase_old_orders')?.options.backfillPeriod ?? 0) / 3_600_000
    expect(hours).toBeGreaterThan(1)
    expect(hours).toBeLessThan(6) // not by day
  })

  it('calls for a sweep every two minutes', () => {
    expect(minutesOf('expire_due_orders')).toEqual(
      range(24 * 30).map((turn) => `${Math.floor(turn / 30)}:${(turn % 30) * 2}`),
    )
  })

  it('keeps one job of each, however often it has called', () => {
    for (const { task, options } of cronItems) expect(options.jobKey).toBe(task)
  })
})

it('a worker that cannot start says why, and tries again', async () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: undefined }, { write: (line) => lines.push(JSON.parse(line)) })
  const nowhere = makePool('postgres://nobody@127.0.0.1:1/nothing', 1, () => {})
  const { stop } = keepWorker(nowhere, log, testMetrics())
  await until(async () => lines.length > 1, 'it has tried twice')
  await stop()
  await nowhere.end()
  expect(lines[0]?.msg).toMatch(/^the worker cannot start yet: .*ECONNREFUSED/)
})

/** A second for each batch, so that it is seen while it runs. */
const slowClosings = (db: DatabaseCopy) =>
  db.owner.query(
    `create function app.is_slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.002); return null; end';
     create trigger is_slow after update on app.orders for each row execute function app.is_slow()`,
  )

describe('a backlog', () => {
  const sweeping = `from pg_stat_activity
    where datname = current_database() and state = 'active' and query like 'select api.expire_due_orders%'`

  it('is swept by two sessions at once, and each order is closed once', async () => {
    const db = await copyDatabase()
    await slowClosings(db)
    await dueOrders(db, 2_000)
    const { runs, stop } = await worker(db)
    await until(async () => (await countOf(db, sweeping)) === 2, 'two sessions sweep')
    await until(async () => runs().length > 0, 'the sweep has ended', 30_000)
    await stop()
    expect(closedBy(runs())).toBe(2_000)
    expect(await openOrders(db)).toBe(0)
    expect(await countOf(db, "from app.order_events where to_status = 'expired'")).toBe(2_000)
  })

  it('is swept on by the other session when one was terminated, and the line says how many both have closed', async () => {
    const db = await copyDatabase()
    await slowClosings(db)
    await dueOrders(db, 3_000)
    const { runs, stop } = await worker(db)
    await until(
      async () => (await openOrders(db)) <= 2_000 && (await countOf(db, sweeping)) === 2,
      'each has closed a batch, and is at the next',
    )
    const { rowCount } = await db.owner.query(
      `select pg_terminate_backend(pid) from (select pid ${sweeping} limit 1) one`,
    )
    expect(rowCount).toBe(1)
    await until(async () => runs().length > 0, 'the sweep has ended', 30_000)
    expect(runs()[0]).toMatchObject({ msg: 'the sweep failed; it will be tried again', closed: 3_000 })
    expect(await openOrders(db)).toBe(0)
    await stop()
  })
})

describe('stopping the worker in the middle of a long sweep', async () => {
  const db = await copyDatabase()

  it('ends soon, loses nothing, and a later worker goes on', async () => {
    const size = 20_000
    await dueOrders(db, size)
    await slowClosings(db)
    const first = await worker(db)
    await until(async () => (await openOrders(db)) < size, 'a batch is closed')
    expect(await first.stop()).toBeLessThan(9_000)
    const left = await openOrders(db)
    expect(left).toBeGreaterThan(0)
    expect(await lockedJobs(db)).toBe(0)
    await until(
      async () =>
        (await countOf(
          db,
          "from pg_stat_activity where application_name = 'weelo-order-service' and datname = current_database()",
        )) === 0,
      'its sessions are gone',
    )
    expect(closedBy(first.runs())).toBe(size - (await openOrders(db)))

    await db.owner.query('drop trigger is_slow on app.orders; drop function app.is_slow()')
    const second = await worker(db)
    await until(async () => (await openOrders(db)) === 0, 'the later worker has closed the rest')
    await until(async () => closedBy(second.runs()) === left, 'and said so')
    await second.stop()
    expect(await countOf(db, "from app.order_events where to_status = 'expired'")).toBe(size)
  })
})
