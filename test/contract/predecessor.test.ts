// One test for each property that an earlier backend broke, named after the property.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { explain } from '../../src/rest/explain.ts'
import { copyDatabase, one } from '../support/database.ts'
import { acceptSql, createOrderSql, dueAt, make, newId, newTruck } from '../support/make.ts'
import { crowd, range, tally } from '../support/scale.ts'
import { asCustomer, example, oneTruck, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const service = await startService(db)
beforeEach(() => db.owner.query('update app.settings set creates_per_minute = 1000'))
const customer = (id?: string) => asCustomer(service.url, id)
const statusOf = async (id: string) =>
  (await one<{ status: string }>(db.owner, 'select status from app.orders where id = $1', [id])).status

const withdrawSql = "select * from api.withdraw_trip($1, 'the truck broke down')"
const startSql = 'select * from api.start_trip($1)'
const completeSql = "select * from api.complete_trip($1, 'arrived')"

type Row = { status: string } & Record<string, unknown>
/** Everything stored about an order, with the versions of its rows, so that any write shows. */
async function rowsOf(id: string) {
  const of = async (table: string, key: string, number: string) =>
    (await db.owner.query<Row>(`select xmin, t.* from app.${table} t where ${key} = $1 order by ${number}`, [id])).rows
  return {
    order: await of('orders', 'id', 'id'),
    trucks: await of('truck_requests', 'order_id', 'request_number'),
    trips: await of('trips', 'order_id', 'id'),
    events: await of('order_events', 'order_id', 'id'),
  }
}

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

  it('3: no move into an open state bypasses the constraint; accepting a truck request of a closed or time-expired order is refused and changes nothing', async () => {
    const order = await make.order(db.owner, { trucks: 1 })
    const trip = await make.trip(db.owner, { order })
    const asha = await customer(order.customer)
    const next = (await asha.create()).body.data.order.id
    await expect(
      db.owner.query("update app.orders set status = 'active', trucks_filled = 0 where id = $1", [order.id]),
    ).rejects.toMatchObject({ constraint: 'one_active_order_per_customer' })
    await db.owner.query(withdrawSql, [trip.id])
    expect([await statusOf(order.id), await statusOf(next)]).toEqual(['cancelled', 'active'])
    for (const options of [{ status: 'expired' }, { status: 'cancelled' }, { dueIn: '-1 ms' }] as const) {
      const over = await make.order(db.owner, options)
      const before = await rowsOf(over.id)
      await expect(make.trip(db.owner, { order: over })).rejects.toMatchObject({ constraint: 'order_is_open' })
      expect(await rowsOf(over.id)).toEqual(before)
      expect((await (await customer(over.customer)).get('/orders/check-active')).body.data.hasActiveOrder).toBe(false)
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
    const ending = "to_status in ('cancelled', 'expired', 'fully_filled') and from_status <> to_status"
    const race = async (i: number) => {
      const order = await make.order(db.owner, { trucks: 1 })
      const asha = await customer(order.customer)
      await dueAt(db.owner, order.customer, order.id, `${(i * 3) % 20} ms`)
      const [cancelled, accepted] = await Promise.all([
        asha.cancel(order.id, 'retry_after_timeout'),
        i % 3 === 0 ? false : make.trip(db.owner, { order }).catch(() => false),
      ])
      await until(
        async () =>
          (
            await db.owner.query(
              'select from app.orders where id = $1 and is_open and expires_at > clock_timestamp()',
              [order.id],
            )
          ).rowCount === 0,
        'its search is over',
      )
      await db.owner.query('select api.close_due_order($1, $2)', [order.customer, order.id])
      const { ends } = await one(
        db.owner,
        `select array_agg(to_status) as ends from app.order_events where order_id = $1 and ${ending}`,
        [order.id],
      )
      expect(ends).toEqual([await statusOf(order.id)])
      return `${ends}, cancel ${cancelled.status}, ${accepted ? 'accepted' : 'not accepted'}`
    }
    const [ends] = await Promise.all([
      crowd(range(60), 6, race),
      crowd(range(60), 1, () => db.owner.query('select api.expire_due_orders(7)')),
    ])
    expect(Object.keys(tally(ends)).sort()).toEqual([
      'cancelled, cancel 200, not accepted',
      'expired, cancel 200, not accepted',
      'fully_filled, cancel 409, accepted',
    ])

    for (const status of ['cancelled', 'expired', 'completed'] as const) {
      const over = await make.order(db.owner, { status, trucks: 1 })
      const before = await rowsOf(over.id)
      await (await customer(over.customer)).cancel(over.id)
      await db.owner.query('select api.expire_due_orders()')
      await make.trip(db.owner, { order: over }).catch((refusal) => expect(refusal.constraint).toBe('order_is_open'))
      expect(await rowsOf(over.id)).toEqual(before)
    }
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
    const trip = await make.trip(db.owner)
    await db.owner.query(startSql, [trip.id])
    const onTheRoad = trip.order
    await dueAt(db.owner, onTheRoad.customer, onTheRoad.id, '-1 hour')
    const due = await make.order(db.owner, { dueIn: '-1 hour' })
    const rows = async () => [await rowsOf(onTheRoad.id), await rowsOf(due.id)]
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
    expect([await statusOf(onTheRoad.id), await statusOf(due.id)]).toEqual(['in_progress', 'expired'])
    expect((await rows())[0]).toEqual(before[0])
    await db.owner.query(completeSql, [trip.id])
    expect(await statusOf(onTheRoad.id)).toBe('completed')
  })

  it('22: settling never touches an assigned truck', async () => {
    const order = await make.order(db.owner, { trucks: 3 })
    const trip = await make.trip(db.owner, { order, number: 2 })
    await dueAt(db.owner, order.customer, order.id, '-1 s')
    const promised = async () => {
      const { trucks, trips } = await rowsOf(order.id)
      return [trucks.filter(({ status }) => status === 'assigned'), trips]
    }
    const before = await promised()
    expect(before).toMatchObject([[{ request_number: 2 }], [{ id: trip.id, status: 'driver_accepted' }]])
    await db.owner.query('select api.expire_due_orders(1000)')
    expect(await statusOf(order.id)).toBe('fully_filled')
    expect(await promised()).toEqual(before)
    await db.owner.query(startSql, [trip.id])
    await db.owner.query(completeSql, [trip.id])
    expect(await statusOf(order.id)).toBe('completed')
  })

  it('23: an order is completed only when every truck of it is', async () => {
    const order = await make.order(db.owner, { trucks: 2 })
    const trips = [await make.trip(db.owner, { order, number: 1 }), await make.trip(db.owner, { order, number: 2 })]
    const statuses: string[] = []
    for (const sql of [startSql, completeSql])
      for (const { id } of trips) {
        await db.owner.query(sql, [id])
        statuses.push(await statusOf(order.id))
      }
    expect(statuses).toEqual(['in_progress', 'in_progress', 'in_progress', 'completed'])
  })

  it('23: one truck’s arrival before the other has set off completes nothing', async () => {
    const order = await make.order(db.owner, { trucks: 2 })
    const [first, second] = [
      await make.trip(db.owner, { order, number: 1 }),
      await make.trip(db.owner, { order, number: 2 }),
    ]
    await db.owner.query(startSql, [first.id])
    await db.owner.query(completeSql, [first.id])
    expect(await statusOf(order.id)).toBe('in_progress')
    await db.owner.query(startSql, [second.id])
    await db.owner.query(completeSql, [second.id])
    expect(await statusOf(order.id)).toBe('completed')
  })

  it('23: accept is one transaction: refused half-way or killed in the middle, it leaks no truck', async () => {
    const busy = await make.trip(db.owner)
    const order = await make.order(db.owner, { trucks: 1 })
    const before = await rowsOf(order.id)
    const truck = newTruck()
    await expect(
      db.owner.query(acceptSql, [`${order.id}.1`, newId(), busy.vehicle, truck.driver, truck.phone]),
    ).rejects.toMatchObject({ constraint: 'one_live_trip_per_vehicle' })
    expect(await rowsOf(order.id)).toEqual(before)

    const attempt = [`${order.id}.1`, newId(), truck.vehicle, truck.driver, truck.phone]
    const session = await db.owner.connect()
    session.on('error', () => {})
    const { pid } = await one<{ pid: number }>(session, 'select pg_backend_pid() as pid')
    await session.query('begin')
    await session.query(acceptSql, attempt)
    await db.owner.query('select pg_terminate_backend($1)', [pid])
    await until(
      async () => (await db.owner.query('select from pg_stat_activity where pid = $1', [pid])).rowCount === 0,
      'the session is gone',
    )
    session.release(true)
    expect(await rowsOf(order.id)).toEqual(before)
    expect((await one(db.owner, acceptSql, attempt)).status).toBe('driver_accepted')
    expect(await statusOf(order.id)).toBe('fully_filled')
  })
})
