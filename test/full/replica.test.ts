// A real streaming replica that lags: what customers see never comes from it, and admins are told how old their answer is.
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { type AdminAnswer, asAdmin } from '../support/admin.ts'
import { one } from '../support/database.ts'
import { productionOf } from '../support/production.ts'
import { startProgram } from '../support/program.ts'
import { startPrimaryAndReplica } from '../support/replica.ts'
import { samplesOf } from '../support/samples.ts'
import { asCustomer, request } from '../support/service.ts'
import { until } from '../support/until.ts'

const { url, superuserUrl, onReplica, start, stop } = await startPrimaryAndReplica()
await migrateDatabase(url)
const environment = await productionOf(url)
const adminUrl = String(environment.ADMIN_DATABASE_URL)
const program = await startProgram({ ...environment, ROLE: 'all', DATABASE_READ_URL: onReplica(adminUrl) })
const admin = await asAdmin(program.adminUrl)

const primary = new pg.Pool({ connectionString: url, max: 2 })
/** Of the replica: as a superuser, who may stop it from replaying. */
const superuser = new pg.Pool({ connectionString: onReplica(databaseOf(superuserUrl, 'weelo')), max: 1 })
for (const pool of [primary, superuser]) pool.on('error', () => {})
afterAll(() => Promise.all([primary.end(), superuser.end()]))

function databaseOf(connectionString: string, database: string): string {
  return Object.assign(new URL(connectionString), { pathname: `/${database}` }).href
}

const gauge = async () =>
  samplesOf((await request(program.adminUrl, 'GET', '/metrics')).text).find(
    ({ name }) => name === 'weelo_replica_seconds_behind',
  )?.value
const pause = async () => {
  await superuser.query('select pg_wal_replay_pause()')
  const state = () => one(superuser, 'select pg_get_wal_replay_pause_state() as state')
  await until(async () => (await state()).state === 'paused', 'the replica replays nothing')
}
const resume = () => superuser.query('select pg_wal_replay_resume()')
const ask = (id: string) =>
  admin.query(`{ order(id: "${id}") { status truckRequests { totalCount } timeline { toStatus } } }`)
const untilAsked = (holds: (answer: AdminAnswer) => boolean, id: string, what: string) =>
  until(async () => holds(await ask(id)), what, 30_000)
const fromReplica = { readFrom: 'replica', secondsBehind: 0 }

describe('a replica that keeps up', () => {
  it('answers every question that admins have, and says that it is not behind', async () => {
    const customer = await asCustomer(program.url)
    const { id } = (await customer.create()).body.data.order
    await untilAsked(({ data }) => data.order !== null, id, 'the replica has the order')
    const { data, errors, extensions } = await admin.query(`{
      orders { nodes { id status timeline { toStatus actor } customerExplanation { createIsRefusedBy } trips { totalCount } } }
      truckRequests { nodes { id } } trips(condition: { isStuck: true }) { nodes { id } } disputes { nodes { id } }
      orderEvents { nodes { id } } orderCounts { status orderCount } sweeps { lastRunAt: finishedAt } settings { createsPerMinute }
      explainCustomer(customerId: "${customer.id}") { orderId } }`)
    expect([errors, extensions]).toEqual([[], fromReplica])
    expect(data.orders.nodes).toMatchObject([{ id, status: 'active', timeline: [{ toStatus: 'active' }] }])
    expect(await gauge()).toBe(0)
  })
})

describe('a replica that lags', async () => {
  const customer = await asCustomer(program.url)
  const seen = async (id: string) => {
    const active = (await customer.get('/orders/check-active')).body.data
    const { status } = (await customer.get(`/orders/${id}/status`)).body.data
    const listed = (await customer.get('/orders')).body.data.orders.map((order) => order.id)
    return { active: active.hasActiveOrder, status, isListed: listed.includes(id) }
  }

  it('shows customers all that they do, at once, and admins’ queries nothing of it; the answer says how old it is', async () => {
    await pause()
    const created = await customer.create()
    const { id } = created.body.data.order
    expect(created.status).toBe(201)
    expect(await seen(id)).toEqual({ active: true, status: 'active', isListed: true })
    expect((await customer.get(`/orders/${id}`)).status).toBe(200)
    await until(async () => Number(await gauge()) > 0, 'the replica knows that it is behind')
    const { data, errors, extensions } = await ask(id)
    expect([data.order, errors]).toEqual([null, []])
    expect(extensions).toMatchObject({
      readFrom: 'replica',
      note: expect.stringContaining('Customers see the present'),
    })
    expect(Number(extensions?.secondsBehind)).toBeGreaterThan(0)

    const cancelled = await admin.query(
      `mutation { cancelOrder(input: { orderId: "${id}", reason: "asked by phone" }) { order {
         id status storedStatus cancelReason timeline { toStatus actor } truckRequests { nodes { status } }
         customerExplanation { createIsRefusedBy } } } }`,
    )
    expect(cancelled.errors).toEqual([])
    expect(cancelled.data.cancelOrder.order).toMatchObject({
      id,
      status: 'cancelled',
      storedStatus: 'cancelled',
      cancelReason: 'asked by phone',
      timeline: [{ toStatus: 'active' }, { toStatus: 'cancelled', actor: `admin ${admin.userId}` }],
      customerExplanation: [{ createIsRefusedBy: null }],
    })
    expect(await seen(id)).toEqual({ active: false, status: 'cancelled', isListed: true })
    expect((await ask(id)).data.order).toBeNull() // it lags still
    expect((await customer.create()).status).toBe(201)
    expect((await request(program.adminUrl, 'GET', '/readyz')).status).toBe(200)

    await resume()
    await untilAsked(({ data }) => data.order?.status === 'cancelled', id, 'admins see it too')
    await until(async () => (await gauge()) === 0, 'it has caught up')
  })

  it('was asked by nobody but the admins’ login', async () => {
    const sessions = "from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    expect(await one(superuser, `select array_agg(distinct usename::text) as logins ${sessions}`)).toEqual({
      logins: ['weelo_graphql'],
    })
  })

  it('that must end a query to go on says so, and to ask again', async () => {
    await primary.query(
      `create or replace function api.order_counts(p_created_from timestamptz default statement_timestamp() - interval '1 day', p_created_before timestamptz default 'infinity')
       returns table (status text, order_count integer) language plpgsql stable security definer set search_path = '' as $$ begin perform from app.orders; perform pg_sleep(60); end $$`,
    )
    const isThere =
      "select prosrc like '%pg_sleep%' as is_there from pg_proc where proname = 'order_counts' and pronamespace = 'api'::regnamespace"
    await until(async () => (await one(superuser, isThere)).is_there === true, 'the replica has it')
    const waiting = admin.query('{ orderCounts { status } }')
    const sleeps = "select from pg_stat_activity where wait_event = 'PgSleep'"
    await until(async () => (await superuser.query(sleeps)).rowCount === 1, 'the query sleeps')
    await primary.query('begin; lock table app.orders in access exclusive mode; commit')
    expect((await waiting).errors[0]).toMatchObject({
      message: expect.stringContaining('The replica gave this query up'),
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    })
  })
})

describe('a replica that is away', () => {
  it('keeps nobody from an answer: the primary gives it and says so; ready all the while; and it is used again once it is back', async () => {
    const { id } = (await (await asCustomer(program.url)).create()).body.data.order
    await stop()
    await untilAsked(({ data }) => data?.order?.status === 'active', id, 'the primary answers')
    expect((await ask(id)).extensions).toEqual({ readFrom: 'primary', note: expect.any(String) })
    expect(await gauge()).toBeUndefined()
    for (const listener of [program.url, program.adminUrl])
      expect((await request(listener, 'GET', '/readyz')).status).toBe(200)
    expect(program.lines().filter(({ msg }) => msg?.startsWith('the replica does not answer')).length).toBeGreaterThan(
      0,
    )
    await start()
    await untilAsked(({ extensions }) => extensions?.readFrom === 'replica', id, 'the replica answers again')
    expect(await gauge()).toBe(0)
  })
})
