// One test for each property that an earlier backend broke, named after the property.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../src/rest/problems.ts'
import { copyDatabase, one } from '../support/database.ts'
import { createOrderSql, dueAt, make, newId } from '../support/make.ts'
import { crowd, range, tally } from '../support/scale.ts'
import { asCustomer, example, oneTruck, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const service = await startService(db)
beforeEach(() => db.owner.query('update app.settings set creates_per_minute = 1000'))
const customer = (id?: string) => asCustomer(service.url, id)
const statusOf = async (id: string) =>
  (await one<{ status: string }>(db.owner, 'select status from app.orders where id = $1', [id])).status

describe('two active orders at once', () => {
  it('1: parallel creates make one order, one 201 and 409s that all name it', async () => {
    const asha = await customer()
    const paths = ['/api/v1/orders', '/api/v1/bookings/orders']
    const answers = await crowd(range(30), 30, (i) => asha.send('POST', paths[i % 2] ?? '', oneTruck))
    expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: 1, 409: 29 })
    const winner = answers.find((answer) => answer.status === 201)?.body.data.order.id
    for (const { status, body } of answers) if (status === 409) expect(body.error.data.activeOrder.orderId).toBe(winner)
  })

  it('2: every create route meets the one constraint, and cancelling the order that the 409 names frees the next create', async () => {
    for (const path of ['/orders', '/bookings/orders']) {
      const asha = await customer()
      await asha.create()
      const { status, body } = await asha.post(path, oneTruck)
      expect(status).toBe(409)
      await asha.cancel(body.error.data.activeOrder.orderId)
      expect((await asha.post(path, oneTruck)).status).toBe(201)
    }
  })

  it('3: no move into an open state bypasses the constraint, and a closed or time-expired order cannot be filled', async () => {
    const filled = await make.order(db.owner, { status: 'fully_filled' })
    await make.order(db.owner, { customer: filled.customer })
    const reopen = (id: string) =>
      db.owner.query("update app.orders set status = 'active', trucks_filled = 0 where id = $1", [id])
    await expect(reopen(filled.id)).rejects.toMatchObject({ constraint: 'one_active_order_per_customer' })
    const fill = (id: string) =>
      db.owner.query("update app.orders set status = 'fully_filled', trucks_filled = 2 where id = $1", [id])
    for (const options of [{ status: 'expired' }, { status: 'cancelled' }, { dueIn: '-1 ms' }] as const) {
      const over = await make.order(db.owner, options)
      if ('status' in options) await expect(reopen(over.id)).rejects.toMatchObject({ code: 'OR409' })
      await expect(fill(over.id)).rejects.toMatchObject({ code: 'OR409' })
    }
  })

  it('4: after a clean migrate the constraint exists, and its violation is a 409, never a 500', async () => {
    const open = await make.order(db.owner)
    const violation = await make.order(db.owner, { customer: open.customer }).catch((error) => error)
    expect(violation).toMatchObject({ code: '23505', constraint: 'one_active_order_per_customer' })
    expect(explain(violation)).toMatchObject({ status: 409, code: 'ACTIVE_ORDER_EXISTS' })
  })
})

describe('a dead order still blocks', () => {
  it('5: check-active, status, list and create never disagree: at expires_at plus a millisecond create succeeds with no job running', async () => {
    const due = await make.order(db.owner, { dueIn: '-1 ms' })
    const asha = await customer(due.customer)
    expect((await asha.get('/orders/check-active')).body.data.hasActiveOrder).toBe(false)
    expect((await asha.get(`/orders/${due.id}/status`)).body.data.status).toBe('expired')
    expect((await asha.get('/orders')).body.data.orders[0]?.status).toBe('expired')
    expect((await asha.create()).status).toBe(201)
  })

  it('6: there is no second copy: whoever closes the order, the next create succeeds at once', async () => {
    const closings: [string, (order: { customer: string; id: string }) => Promise<unknown>][] = [
      ['a DBA', ({ customer: c, id }) => db.owner.query('select api.cancel_order($1, $2)', [c, id])],
      [
        'the owner’s update',
        ({ id }) => db.owner.query("update app.orders set status = 'cancelled' where id = $1", [id]),
      ],
      [
        'the sweep',
        async ({ customer: c, id }) => {
          await dueAt(db.owner, c, id, '-1 ms')
          await db.owner.query('select api.expire_due_orders()')
        },
      ],
    ]
    for (const [who, close] of closings) {
      const open = await make.order(db.owner)
      const asha = await customer(open.customer)
      expect((await asha.create()).status).toBe(409)
      await close(open)
      expect((await asha.create()).status, who).toBe(201)
    }
  })

  it('7: with the worker stopped for an hour, expired orders block nobody and their trucks are no longer sought', async () => {
    const due = await make.order(db.owner, { dueIn: '-1 hour' })
    const asha = await customer(due.customer)
    const { requests } = (await asha.get(`/orders/${due.id}`)).body.data
    expect(requests.map((request) => request.status)).toEqual(['expired', 'expired'])
    expect((await asha.create()).status).toBe(201)
  })

  it('8: a create is one transaction: a kill in the middle leaves nothing', async () => {
    const asha = newId()
    const session = await db.owner.connect()
    session.on('error', () => {})
    const { pid } = await one<{ pid: number }>(session, 'select pg_backend_pid() as pid')
    await session.query('begin')
    await session.query(createOrderSql(), [asha])
    await db.owner.query('select pg_terminate_backend($1)', [pid])
    await until(
      async () => (await db.owner.query('select from pg_stat_activity where pid = $1', [pid])).rowCount === 0,
      'the session is gone',
    )
    session.release(true)
    const left = `select (select count(*) from app.orders where customer_id = $1) + (select count(*) from app.truck_requests where customer_id = $1)
      + (select count(*) from app.order_events where customer_id = $1) as rows`
    expect(await one(db.owner, left, [asha])).toEqual({ rows: '0' })
    expect((await (await customer(asha)).create()).status).toBe(201)
  })

  it('9: the states are classified once: is_open and is_live agree with the legal moves', async () => {
    const { rows } = await db.owner.query(
      `select distinct m.to_status as status from app.order_transitions m
       where not exists (select from app.order_transitions n where n.from_status = m.to_status) order by 1`,
    )
    expect(rows.map((row) => row.status)).toEqual(['cancelled', 'completed', 'expired'])
    for (const status of ['cancelled', 'completed', 'expired'] as const) {
      const over = await make.order(db.owner, { status })
      expect(await one(db.owner, 'select is_open, is_live from app.orders where id = $1', [over.id])).toEqual({
        is_open: false,
        is_live: false,
      })
    }
  })

  it('10: a cancel needs no optional header, and 200 means committed', async () => {
    const open = await make.order(db.owner)
    expect((await (await customer(open.customer)).send('POST', `/api/v1/orders/${open.id}/cancel`)).status).toBe(200)
    expect(await statusOf(open.id)).toBe('cancelled')
  })

  it('11: terminal states never change, and of racing moves exactly one wins', async () => {
    const orders = await Promise.all(range(40).map(() => make.order(db.owner, { dueIn: '30 ms' })))
    await Promise.all([
      ...orders.map(async (order) => (await customer(order.customer)).cancel(order.id)),
      crowd(range(30), 3, () => db.owner.query('select api.expire_due_orders(7)')),
      ...orders.map(async (order) => (await customer(order.customer)).create()),
    ])
    await until(
      async () =>
        (
          await db.owner.query(
            'select from app.orders o where o.id = any($1) and o.is_open and expires_at > clock_timestamp()',
            [orders.map((o) => o.id)],
          )
        ).rowCount === 0,
      'all over',
    )
    await db.owner.query('select api.expire_due_orders(1000)')
    const { rows } = await db.owner.query(
      "select count(*) filter (where to_status in ('cancelled', 'expired'))::integer as closings from app.order_events where order_id = any($1) group by order_id",
      [orders.map((order) => order.id)],
    )
    expect(tally(rows.map((row) => row.closings))).toEqual({ 1: 40 })
  })
})

describe('blocked although there is no active order', () => {
  it('12: create, cancel, create back to back succeeds', async () => {
    const asha = await customer()
    const { id } = (await asha.create()).body.data.order
    expect((await asha.cancel(id)).status).toBe(200)
    expect((await asha.create()).status).toBe(201)
  })

  it('13: only orders that were created count towards the create limit', async () => {
    await db.owner.query('update app.settings set creates_per_minute = 2')
    const asha = await customer()
    const first = await asha.create(oneTruck, 'k')
    for (const _ of range(3)) expect((await asha.create()).status).toBe(409)
    for (const _ of range(3)) expect((await asha.create(oneTruck, 'k')).status).toBe(200)
    await asha.cancel(first.body.data.order.id)
    expect((await asha.create()).status).toBe(201)
  })

  it('14: nothing blocks without a time at which it stops, and the answer says that time', async () => {
    await db.owner.query('update app.settings set creates_per_minute = 1')
    const asha = await customer()
    const { id } = (await asha.create()).body.data.order
    const { activeOrder } = (await asha.create()).body.error.data
    expect(Date.parse(String(activeOrder.expiresAt))).toBeGreaterThan(Date.now())
    expect(activeOrder.remainingSeconds).toBeGreaterThan(0)
    await asha.cancel(id)
    const limited = await asha.create()
    expect(limited.status).toBe(429)
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('idempotency', () => {
  it('15: a replay comes before every other judgement', async () => {
    await db.owner.query('update app.settings set creates_per_minute = 1')
    const asha = await customer()
    const first = await asha.create(oneTruck, 'k')
    const replay = await asha.create(oneTruck, 'k')
    expect([replay.status, replay.body.data.order.id]).toEqual([200, first.body.data.order.id])
  })

  it('16: a replay shows the order as it is now', async () => {
    const asha = await customer()
    const { id } = (await asha.create(oneTruck, 'k')).body.data.order
    await asha.cancel(id)
    expect((await asha.create(oneTruck, 'k')).body.data.order).toMatchObject({ id, status: 'cancelled' })
  })

  it('17: the key is part of the order’s own insert: a create that rolled back has used nothing', async () => {
    const asha = newId()
    const session = await db.owner.connect()
    await session.query('begin')
    await session.query(createOrderSql("p_idempotency_key => 'k'"), [asha])
    await session.query('rollback')
    session.release()
    expect((await (await customer(asha)).create(oneTruck, 'k')).status).toBe(201)
  })

  it('18: the same key with other content is refused, and the same order said in other JSON is the same order', async () => {
    const asha = await customer()
    await asha.create(oneTruck, 'k')
    expect((await asha.create(example('create-queued-replay-of-one-truck'), 'k')).status).toBe(200)
    expect((await asha.create(example('create-six-trucks-three-types'), 'k')).body.error.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
  })
})

describe('time', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('19: answers do not change when the app’s clock or the session’s time zone does', async () => {
    const asha = newId()
    const before = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: before + 86_400_000 })
    const ahead = await customer(asha)
    const { order } = (await ahead.create()).body.data
    expect(Date.parse(String(order.createdAt))).toBeLessThan(before + 60_000)
    expect((await ahead.get(`/orders/${order.id}/status`)).body.data).toMatchObject({
      status: 'active',
      isActive: true,
    })
    vi.useRealTimers()
    const session = await db.owner.connect()
    const texts: unknown[] = []
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/St_Johns']) {
      await session.query(`set timezone = '${zone}'`)
      const { text } = await one<{ text: string }>(
        session,
        "select rest.order_status($1, $2)::jsonb #- '{data,serverTimeMs}' #- '{data,remainingSeconds}' as text",
        [asha, order.id],
      )
      texts.push(text)
    }
    session.release(true)
    expect(texts[1]).toEqual(texts[0])
    expect(texts[2]).toEqual(texts[0])
  })

  it('20: one decision at one instant: a customer who was told none is not refused', async () => {
    const outcomes = await crowd(range(40), 10, async (i) => {
      const open = await make.order(db.owner, { dueIn: `${i * 2} ms` })
      const asha = await customer(open.customer)
      const none = !(await asha.get('/orders/check-active')).body.data.hasActiveOrder
      return none && (await asha.create()).status === 409 ? 'both' : 'agreed'
    })
    expect(tally(outcomes)).toEqual({ agreed: 40 })
  })
})

describe('damage done by expiry', () => {
  it('21: reads write nothing, and only a search expires', async () => {
    const onTheRoad = await make.order(db.owner, { status: 'in_progress', dueIn: '-1 hour' })
    const due = await make.order(db.owner, { dueIn: '-1 hour' })
    const rows = () =>
      db.owner
        .query('select xmin, o.* from app.orders o where id = any($1) order by id', [[onTheRoad.id, due.id]])
        .then((r) => r.rows)
    const before = await rows()
    for (const { customer: id, id: orderId } of [onTheRoad, due]) {
      const asha = await customer(id)
      for (const path of [
        '/orders/check-active',
        '/orders',
        `/orders/${orderId}`,
        `/orders/${orderId}/status`,
        `/orders/${orderId}/cancel-preview`,
      ])
        expect((await asha.get(path)).status).toBe(200)
    }
    expect(await rows()).toEqual(before)
    await db.owner.query('select api.expire_due_orders(1000)')
    expect(await statusOf(onTheRoad.id)).toBe('in_progress')
  })

  it('22: settling never touches an assigned truck', async () => {
    const due = await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '-1 s' })
    const trucks = () =>
      db.owner
        .query("select xmin, t.* from app.truck_requests t where order_id = $1 and status = 'assigned'", [due.id])
        .then((r) => r.rows)
    const before = await trucks()
    await db.owner.query('select api.expire_due_orders(1000)')
    expect(await statusOf(due.id)).toBe('fully_filled')
    expect(await trucks()).toEqual(before)
    expect(before).toHaveLength(1)
  })
})
