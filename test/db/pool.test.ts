import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { type Call, makeCall, makePool } from '../../src/db/pool.ts'
import { explain } from '../../src/rest/explain.ts'
import { unavailable, unconfirmed } from '../../src/rest/problems.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { range } from '../support/scale.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const pools: pg.Pool[] = []
afterAll(() => Promise.all(pools.map((pool) => pool.end())))

/** A pool that counts the sessions which it opens, and notes the errors which it survives. */
function poolOf(sessions: number, url = db.ownerUrl) {
  const lost: string[] = []
  const pool = makePool(url, sessions, (error) => lost.push(error.message))
  let opened = 0
  pool.on('connect', () => opened++)
  pools.push(pool)
  return { pool, call: makeCall(pool), lost, opened: () => opened }
}

const pidOf = async (call: Call) =>
  (await call<{ pid: number }>({ name: 'pid', text: 'select pg_backend_pid() as pid', values: [] })).pid
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  )
const sleeping = { name: 'sleep', text: 'select pg_sleep($1)', values: [60] }

describe('a call', () => {
  it('that is refused keeps its session', async () => {
    const { call, opened, lost } = poolOf(1)
    const order = await make.order(db.owner)
    const pid = await pidOf(call)
    const refused = { name: 'cancel', text: 'select api.cancel_order($1, $2)', values: [newId(), order.id] }
    for (const _ of range(20))
      expect(await errorOf(call(refused))).toMatchObject({ code: 'OR404', constraint: 'order_is_known' })
    expect(await pidOf(call)).toBe(pid)
    expect([opened(), lost]).toEqual([1, []])
  })

  it.each([
    ['a constraint', 'insert into app.settings default values', '23505'],
    ['a wrong value', "select 'x'::integer", '22P02'],
  ])('that ends by %s keeps its session', async (_, text, code) => {
    const { call, opened } = poolOf(1)
    const pid = await pidOf(call)
    expect(await errorOf(call({ name: 'bad', text, values: [] }))).toMatchObject({ code })
    expect(await pidOf(call)).toBe(pid)
    expect(opened()).toBe(1)
  })

  it('that takes too long for statement_timeout keeps its session, and is answered 503', async () => {
    const { call, opened } = poolOf(1)
    await call({ name: 'limit', text: "select set_config('statement_timeout', '50', false)", values: [] })
    const error = await errorOf(call(sleeping))
    expect(error).toMatchObject({ code: '57014' })
    expect(explain(error).status).toBe(503)
    await pidOf(call)
    expect(opened()).toBe(1)
  })

  it('whose session is terminated meanwhile fails, and the next one works in a new session', async () => {
    const { call, pool } = poolOf(1)
    const pid = await pidOf(call)
    const failed = errorOf(call(sleeping))
    await until(
      async () =>
        (await db.owner.query("select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'", [pid]))
          .rowCount === 1,
      'the session sleeps',
    )
    await db.owner.query('select pg_terminate_backend($1)', [pid])
    const error = await failed
    expect(error).toMatchObject({ code: '57P01', severity: 'FATAL' })
    expect(explain(error).status).toBe(503)
    expect(await pidOf(call)).not.toBe(pid)
    expect(pool.totalCount).toBe(1)
  })

  it('works after its idle session was terminated, and the program survives that', async () => {
    const { call, lost } = poolOf(1)
    const pid = await pidOf(call)
    await db.owner.query('select pg_terminate_backend($1)', [pid])
    await until(async () => lost.length > 0, 'the loss is noticed')
    expect(await pidOf(call)).not.toBe(pid)
  })

  it('works after many of its sessions were terminated at once', async () => {
    const { call, pool } = poolOf(4)
    const sleepers = range(4).map(() => errorOf(call(sleeping)))
    const pids = async () =>
      (
        await db.owner.query<{ pid: number }>(
          "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
        )
      ).rows
    await until(async () => (await pids()).length === 4, 'all four sleep')
    for (const { pid } of await pids()) await db.owner.query('select pg_terminate_backend($1)', [pid])
    for (const error of await Promise.all(sleepers)) expect(explain(error).status).toBe(503)
    await Promise.all(range(8).map(() => pidOf(call)))
    expect(pool.totalCount).toBeLessThanOrEqual(4)
  })

  it('that gets no session within the wait is answered 503', async () => {
    const { call, pool } = poolOf(1)
    const busy = await pool.connect()
    const error = await errorOf(pidOf(call))
    busy.release()
    expect(error).toBeInstanceOf(Error)
    expect(explain(error)).toBe(unavailable)
    expect(await pidOf(call)).toBeGreaterThan(0)
  })

  it('whose server falls silent is answered 503 within three seconds, its wait for a session included, and the next one works in a new session', async () => {
    const { call, pool } = poolOf(1)
    const before = await pidOf(call)
    const busy = await pool.connect()
    const startedAt = performance.now()
    const silent = errorOf(call(sleeping))
    setTimeout(() => busy.release(), 1_000)
    expect(explain(await silent)).toBe(unconfirmed)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(await pidOf(call)).not.toBe(before)
    await db.owner.query('select pg_terminate_backend($1)', [before])
  })

  it('ends the session of a statement that was not answered, also for who releases it as if nothing were wrong', async () => {
    const pool = makePool(db.ownerUrl, 1, () => {}, { query_timeout: 200 })
    pools.push(pool)
    const client = await pool.connect()
    const before = (await client.query('select pg_backend_pid() as pid')).rows[0].pid
    await expect(client.query('select pg_sleep(20)')).rejects.toThrow('Query read timeout')
    client.release()
    const after = (await pool.query('select pg_backend_pid() as pid')).rows[0].pid
    expect(after).not.toBe(before)
    await db.owner.query('select pg_terminate_backend($1)', [before])
  })

  it('on a server that has become a replica is answered 503, in a session that is not used again', async () => {
    const { call, pool } = poolOf(1)
    const before = await pidOf(call)
    const client = await pool.connect()
    await client.query('set default_transaction_read_only = on')
    client.release()
    const write = {
      name: 'write',
      text: "select set_config('app.x', nextval('app.order_events_id_seq')::text, true)",
      values: [],
    }
    expect(explain(await errorOf(call(write)))).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' })
    expect(await pidOf(call)).not.toBe(before)
  })

  it('to a server that is not there is answered 503', async () => {
    const nowhere = new URL(db.ownerUrl)
    nowhere.port = '1'
    const { call } = poolOf(1, nowhere.href)
    expect(explain(await errorOf(pidOf(call)))).toBe(unavailable)
  })

  it('to a database that does not let it in is answered 503', async () => {
    const stranger = new URL(db.ownerUrl)
    stranger.password = 'wrong'
    const { call } = poolOf(1, stranger.href)
    expect(explain(await errorOf(pidOf(call)))).toBe(unavailable)
  })
})

it('a pool without names sends a statement without its own, and leaves alone what submits itself', async () => {
  const pool = makePool(db.ownerUrl, 1, () => {}, { areStatementsNamed: false })
  pools.push(pool)
  const client = await pool.connect()
  const itself = new pg.Query<{ n: number }>('select 1 as n')
  expect(client.query(itself)).toBe(itself)
  await client.query({ name: 'two', text: 'select 2 as n' })
  expect(await one(client, 'select count(*)::integer as n from pg_prepared_statements')).toEqual({ n: 0 })
  client.release()
})

it('a call prepares its statement once a session', async () => {
  const { pool, call } = poolOf(1)
  for (const _ of range(5)) await pidOf(call)
  const client = await pool.connect()
  expect(await one(client, "select count(*)::integer as n from pg_prepared_statements where name = 'pid'")).toEqual({
    n: 1,
  })
  client.release()
})
