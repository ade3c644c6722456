// Which server an operation reads from. Here the replica is a database whose rows differ; a real one, which lags, is in
// full/replica.test.ts.
import { describe, expect, it } from 'vitest'
import { asAdmin, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make } from '../support/make.ts'

const [primary, replica] = [await copyDatabase(), await copyDatabase()]
await replica.owner.query('select api.change_settings(p_creates_per_minute => 77)')
const service = await startAdmin(primary, { replicaUrl: replica.adminUrl })
const admin = await asAdmin(service.url)

const question = '{ settings { createsPerMinute } }'
const change = 'mutation { changeSettings(input: { createsPerMinute: 10 }) { settings { createsPerMinute } } }'
const warningsIn = (lines: Record<string, unknown>[]) => lines.filter(({ msg }) => msg !== 'request')
const fromReplica = { readFrom: 'replica', secondsBehind: 0 }

describe('with a replica', () => {
  it('a query reads from it, and the answer says so', async () => {
    const { data, errors, extensions } = await admin.query(question)
    expect([data.settings.createsPerMinute, errors, extensions]).toEqual([77, [], fromReplica])
  })

  it('a mutation and all that it gives back meet the primary', async () => {
    const { data, errors, extensions } = await admin.query(change)
    expect([data.changeSettings.settings.createsPerMinute, errors, extensions]).toEqual([10, [], undefined])
    const order = await make.order(primary.owner)
    const cancelled = await admin.query(
      `mutation { cancelOrder(input: { orderId: "${order.id}", reason: "asked" }) { order {
         status truckRequests { totalCount } timeline { toStatus } customerExplanation { createIsRefusedBy } } } }`,
    )
    expect(cancelled.data.cancelOrder.order).toEqual({
      status: 'cancelled',
      truckRequests: { totalCount: 2 },
      timeline: [{ toStatus: 'active' }, { toStatus: 'cancelled' }],
      customerExplanation: [{ createIsRefusedBy: null }],
    })
    expect(await one(replica.owner, 'select count(*)::integer as n from app.orders')).toEqual({ n: 0 })
  })

  it('the operation that is chosen decides, not what else the text holds', async () => {
    const query = `query Ask ${question} ${change.replace('mutation', 'mutation Change')}`
    const chosen = (operationName: string) => admin.send(JSON.stringify({ query, operationName }))
    expect((await chosen('Ask')).data.settings.createsPerMinute).toBe(77)
    expect((await chosen('Change')).data.changeSettings.settings.createsPerMinute).toBe(10)
  })

  it('every statement of a query reads from it, each first field and what follows from it', async () => {
    const here = await make.order(replica.owner)
    const there = await make.order(primary.owner)
    const { data, extensions } = await admin.query(`{
      a: order(id: "${here.id}") { id trips { totalCount } timeline { toStatus } customerExplanation { orderId } }
      b: order(id: "${there.id}") { id }
      orderCounts { status orderCount }
    }`)
    expect([data.a, data.b]).toMatchObject([{ id: here.id, customerExplanation: [{ orderId: here.id }] }, null])
    expect(data.orderCounts.find(({ status }) => status === 'active')?.orderCount).toBe(1)
    expect(extensions).toEqual(fromReplica)
  })

  it('a query that is too slow there, or gets in the way of what the primary sends, is told so', async () => {
    const { owner, adminUrl: replicaUrl } = await copyDatabase()
    const other = await asAdmin((await startAdmin(primary, { replicaUrl })).url)
    for (const [code, told] of [
      ['40001', /^The replica gave this query up .* ask again\.$/],
      ['57014', /^The query ran for more than 3 seconds/],
    ] as const) {
      await owner.query(
        `create or replace function api.order_counts(p_created_from timestamptz default statement_timestamp() - interval '1 day', p_created_before timestamptz default 'infinity')
         returns table (status text, order_count integer) language plpgsql stable security definer set search_path = '' as
         $$ begin raise sqlstate '${code}'; end $$`,
      )
      const { errors } = await other.query('{ orderCounts { status } }')
      expect(errors[0]?.message).toMatch(told)
    }
  })
})

describe('with a replica that is behind a deploy', () => {
  it.each([
    ['function', 'drop function api.order_counts', '{ orderCounts { status } }', '42883'],
    ['view', 'drop view api.settings cascade', question, '42P01'],
    ['column', 'alter view api.settings rename creates_per_minute to creates', question, '42703'],
  ])('a query that needs a %s which has not arrived is told so, and the log has it', async (_, behind, query, code) => {
    const { owner, adminUrl: replicaUrl } = await copyDatabase()
    const { url, lines } = await startAdmin(primary, { replicaUrl })
    await owner.query(behind)
    const { errors } = await (await asAdmin(url)).query(query)
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/has not yet received .* ask again/),
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
    ])
    expect(warningsIn(lines)).toMatchObject([{ code, msg: expect.stringContaining('the last deploy') }])
  })

  it('the same from the primary is a fault of ours', async () => {
    const copy = await copyDatabase()
    const { url } = await startAdmin(copy)
    const other = await asAdmin(url)
    await other.query(question) // it knows its schema by then
    await copy.owner.query('drop function api.order_counts')
    const { errors } = await other.query('{ orderCounts { status } }')
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_ERROR' } }])
  })
})

it('a replica whose sessions are all busy is not away: whoever asks is told, and the primary is spared', async () => {
  const { url, lines, replica: pool } = await startAdmin(primary, { replicaUrl: replica.adminUrl })
  const other = await asAdmin(url)
  const busy = await Promise.all([1, 2, 3, 4].map(() => pool?.connect()))
  const { errors } = await other.query(question)
  for (const session of busy) session?.release()
  expect(errors).toMatchObject([{ message: expect.stringMatching(/^All database sessions of the admins are busy/) }])
  expect((await other.query(question)).extensions).toEqual(fromReplica)
  expect(warningsIn(lines)).toEqual([])
})

describe('with a replica that does not answer', () => {
  it.each([
    ['is not there', { port: '1' }, 'ECONNREFUSED'],
    ['does not let the login in', { password: 'wrong' }, 'authentication failed'],
    ['has no such database', { pathname: '/nowhere' }, 'does not exist'],
  ])('because it %s, the primary answers, and both the answer and the log say so', async (_, wrong, why) => {
    const { href } = Object.assign(new URL(replica.adminUrl), wrong)
    const { url: adminUrl, lines } = await startAdmin(primary, { replicaUrl: href })
    const { data, extensions } = await (await asAdmin(adminUrl)).query(question)
    expect([data.settings.createsPerMinute, extensions]).toEqual([
      10,
      { readFrom: 'primary', note: expect.stringContaining('nothing is missing') },
    ])
    const warnings = lines.filter(({ msg }) => msg === 'the replica does not answer: the primary answers admins')
    expect(warnings).toMatchObject([{ error: expect.stringContaining(why) }])
  })

  it('the next queries do not wait for it', async () => {
    const { href } = Object.assign(new URL(replica.adminUrl), { port: '1' })
    const { url, lines } = await startAdmin(primary, { replicaUrl: href })
    const other = await asAdmin(url)
    for (const _ of [1, 2, 3]) expect((await other.query(question)).extensions).toMatchObject({ readFrom: 'primary' })
    expect(lines.filter(({ msg }) => String(msg).startsWith('the replica'))).toHaveLength(1)
  })
})

it('without one, nothing is said of where an answer comes from', async () => {
  const { url } = await startAdmin(primary)
  expect((await (await asAdmin(url)).query(question)).text).not.toContain('extensions')
})
