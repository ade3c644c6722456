import pg from 'pg'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { startOrderFeed } from '../../src/live/order-feed.ts'
import { asAdmin, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { phoneOf } from '../support/listening.ts'
import { acceptSql, dueAt, make, newId, newTruck } from '../support/make.ts'
import { range, scaled } from '../support/scale.ts'
import { asCustomer, asTransporter, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

// No worker runs here: what phones hear at the end of a search, they hear by the clock alone.
const db = await copyDatabase(20)
const [here, other] = [await startService(db), await startService(db)]
const admin = await startAdmin(db)

async function joinedPhone(options: Parameters<typeof make.order>[1] = {}, url = here.url) {
  const order = await make.order(db.owner, options)
  const customer = await asCustomer(here.url, order.customer)
  const phone = await phoneOf(url, customer.token)
  phone.join(order.id)
  await phone.hears('booking_updated')
  return { order, customer, phone }
}

/** News that others hear one after another takes a look each. */
async function severalLooks(): Promise<void> {
  for (const _ of range(3)) {
    const { order, phone } = await joinedPhone()
    await db.owner.query(cancelled, [order.customer, order.id])
    await phone.hears('order_cancelled')
  }
}

const cancelled = "with o as (select * from api.cancel_order($1, $2, 'by hand')) select from o"

describe('whoever makes the change, in whichever process, a joined phone hears of it', () => {
  type Change = (order: { customer: string; id: string }) => Promise<unknown>
  const changes: [who: string, heard: string, options: Parameters<typeof make.order>[1], change: Change][] = [
    [
      'the customer, in another process',
      'order_cancelled',
      {},
      async ({ customer, id }) => (await asCustomer(other.url, customer)).cancel(id, 'Change of plans'),
    ],
    [
      'a transporter, in another process',
      'truck_assigned',
      {},
      async ({ id }) => (await asTransporter(other.url)).accept(`${id}.1`),
    ],
    [
      'an admin in GraphQL',
      'order_cancelled',
      {},
      async ({ id }) =>
        (await asAdmin(admin.url)).query(
          `mutation { cancelOrder(input: {orderId: "${id}", reason: "asked"}) { order { id } } }`,
        ),
    ],
    ['a DBA in psql', 'order_cancelled', {}, ({ customer, id }) => db.owner.query(cancelled, [customer, id])],
    [
      'the owner by a plain update',
      'order_cancelled',
      {},
      ({ id }) => db.owner.query("update app.orders set status = 'cancelled' where id = $1", [id]),
    ],
    [
      'the sweep',
      'order_expired',
      {},
      async ({ customer, id }) => {
        await dueAt(db.owner, customer, id, '-1 s')
        await db.owner.query('select api.expire_due_orders()')
      },
    ],
    ['the clock alone', 'order_expired', {}, ({ customer, id }) => dueAt(db.owner, customer, id, '50 ms')],
    [
      'the clock alone, when a search settles',
      'booking_fully_filled',
      { status: 'partially_filled', trucks: 3 },
      ({ customer, id }) => dueAt(db.owner, customer, id, '50 ms'),
    ],
  ]
  it.each(changes)('%s: %s', async (_, heard, options, change) => {
    const { order, phone } = await joinedPhone(options)
    await change(order)
    expect((await phone.hears(heard)).data.orderId).toBe(order.id)
  })

  it('within a second, and of the end of a search within a second of expires_at', async () => {
    const delays: number[] = []
    for (const i of range(scaled({ full: 20, small: 6 }))) {
      const { order, phone } = await joinedPhone()
      const byClock = i % 2 === 0
      if (byClock) await dueAt(db.owner, order.customer, order.id, '200 ms')
      else await db.owner.query(cancelled, [order.customer, order.id])
      const { at } = await phone.hears(byClock ? 'order_expired' : 'order_cancelled')
      const { occurred_at } = await one<{ occurred_at: Date }>(
        db.owner,
        'select occurred_at from app.order_events where order_id = $1 order by id desc limit 1',
        [order.id],
      )
      delays.push(at - occurred_at.getTime())
    }
    console.log(
      `heard after ${delays
        .map(Math.round)
        .sort((a, b) => a - b)
        .join(', ')} ms`,
    )
    // One may meet a moment at which the whole machine stood still.
    expect(delays.filter((delay) => delay < 1_000).length).toBeGreaterThanOrEqual(delays.length - 1)
  })
})

describe('every event that is sent is one row', () => {
  it('and is told once: two processes that see the same end write it down once', async () => {
    const { order, customer, phone } = await joinedPhone()
    const second = await phoneOf(other.url, customer.token)
    second.join(order.id)
    await second.hears('booking_updated')
    await dueAt(db.owner, order.customer, order.id, '20 ms')
    await Promise.all([phone.hears('order_expired'), second.hears('order_expired')])
    for (const each of [phone, second]) {
      await each.isUpToDate()
      expect(each.named('order_expired')).toHaveLength(1)
    }
    const { rows } = await db.owner.query(
      "select actor from app.order_events where order_id = $1 and to_status = 'expired'",
      [order.id],
    )
    expect(rows).toEqual([{ actor: 'clock' }])
  })

  it('and is told once, however often we look, and only to those who listen to this order', async () => {
    const earlier = await make.order(db.owner, { status: 'fully_filled' })
    const { order, phone } = await joinedPhone({ customer: earlier.customer, trucks: 2 })
    await make.trip(db.owner, { order })
    await phone.hears('truck_assigned')
    await db.owner.query(cancelled, [earlier.customer, earlier.id])
    await severalLooks()
    expect(phone.named('truck_assigned')).toHaveLength(1)
    expect(new Set(phone.heard.map(({ data }) => data.orderId))).toEqual(new Set([order.id]))
  })

  it('and listening writes nothing: no row is changed or locked before its search ends', async () => {
    const { order } = await joinedPhone()
    const versions = () => one(db.owner, 'select xmin::text, xmax::text from app.orders where id = $1', [order.id])
    const before = await versions()
    await severalLooks()
    expect(await versions()).toEqual(before)
  })

  it('and is told to all who listen, also to more than one question holds', async () => {
    const pool = makePool(db.restUrl, 1, () => {})
    const feed = startOrderFeed(makeCall(pool), pino({ enabled: false }))
    const order = await make.order(db.owner)
    const told = new Set<number>()
    for (const n of range(5_001))
      feed.subscribe({ customerId: order.customer, orderId: order.id, afterId: 0, onEvent: () => told.add(n) })
    await until(async () => told.size === 5_001, 'each of them is told')
    await feed.stop()
    expect(feed.count()).toBe(0)
    await pool.end()
  })

  it('and all of a large order is told at once, also more than one answer holds', async () => {
    const order = await make.order(db.owner, { trucks: 250 })
    for (const number of range(249)) await make.trip(db.owner, { order, number: number + 1 })
    const phone = await phoneOf(here.url, (await asCustomer(here.url, order.customer)).token)
    phone.join(order.id)
    await phone.hears('truck_assigned')
    await until(async () => phone.named('truck_assigned').length === 249, 'all are told')
    const [first, last] = [phone.named('truck_assigned')[0]?.at ?? 0, phone.named('truck_assigned').at(-1)?.at ?? 0]
    console.log(`249 trucks told within ${last - first} ms`)
  })

  it('a commit that comes late is not missed, although later events were told before it', async () => {
    const [late, quick] = [await joinedPhone(), await joinedPhone()]
    const session = await db.owner.connect()
    await session.query('begin')
    await session.query(cancelled, [late.order.customer, late.order.id])
    await db.owner.query(cancelled, [quick.order.customer, quick.order.id])
    await quick.phone.hears('order_cancelled')
    expect(late.phone.named('order_cancelled')).toEqual([])
    await session.query('commit')
    session.release()
    await late.phone.hears('order_cancelled')
  })

  it('trips that are moved at once by hand, one order, are told in the order of their ids', async () => {
    const { order, phone } = await joinedPhone({ trucks: 2 })
    const [a, b] = [await make.trip(db.owner, { order, number: 1 }), await make.trip(db.owner, { order, number: 2 })]
    const withdraw = `with request as (update app.truck_requests r set status = 'cancelled' from app.trips t
        where t.id = $1 and (r.customer_id, r.order_id, r.request_number) = (t.customer_id, t.order_id, t.request_number))
      update app.trips set status = 'withdrawn', ended_at = now() where id = $1`
    const session = await db.owner.connect()
    await session.query('begin')
    await session.query(withdraw, [a.id])
    const second = db.owner.query(withdraw, [b.id])
    await until(
      async () =>
        (
          await one<{ n: number }>(
            db.owner,
            "select count(*)::integer as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
          )
        ).n > 0,
      'the second waits for the order, or its event would have the lower id and the later commit',
    )
    await session.query('commit')
    session.release()
    await second
    await until(async () => phone.named('assignment_status_changed').length === 2, 'both are told')
    expect(phone.named('assignment_status_changed').map(({ data }) => data.tripId)).toEqual([a.id, b.id])
  })
})

describe('trouble', () => {
  it('with an order that somebody holds does not keep others from hearing of their end', async () => {
    const [held, free] = [await joinedPhone(), await joinedPhone()]
    await dueAt(db.owner, held.order.customer, held.order.id, '500 ms')
    const session = await db.owner.connect()
    await session.query('begin')
    await session.query('select from app.orders where id = $1 for update', [held.order.id])
    await until(
      async () =>
        ((await session.query('select from api.due_orders where id = $1', [held.order.id])).rowCount ?? 0) > 0,
      'the held order is due',
    )
    await dueAt(db.owner, free.order.customer, free.order.id, '-1 s')
    await free.phone.hears('order_expired')
    expect(held.phone.named('order_expired')).toEqual([])
    const complaints = here.lines.filter(({ msg }) => String(msg).includes('could not be read'))
    expect(complaints, 'nobody waited for the row').toEqual([])
    await session.query('commit')
    session.release()
    await held.phone.hears('order_expired')
  })

  it('with one order whose trucks somebody holds does not keep others from hearing of their end', async () => {
    const [held, free] = [await joinedPhone(), await joinedPhone()]
    const session = await db.owner.connect()
    await session.query('begin')
    await session.query('select from app.truck_requests where order_id = $1 for update', [held.order.id])
    const ends = `update app.orders set created_at = now() - interval '1 hour', expires_at = now() - interval '1 s' where id = any($1)`
    await db.owner.query(ends, [[held.order.id, free.order.id]])
    await free.phone.hears('order_expired')
    expect(held.phone.named('order_expired')).toEqual([])
    await session.query('commit')
    session.release()
    await held.phone.hears('order_expired')
  })

  it('with the database during a join sends the phone away, which comes again and joins again', async () => {
    const order = await make.order(db.owner)
    const { token } = await asCustomer(here.url, order.customer)
    const phone = await phoneOf(here.url, token)
    phone.socket.on('connect', () => phone.join(order.id)) // as the app does after every reconnect
    const refuse = 'alter function rest.joined_order(uuid, uuid) rename to joined_order_away'
    await db.owner.query(refuse)
    const left = new Promise((resolve) => phone.socket.once('disconnect', resolve))
    phone.join(order.id)
    expect(await left).toBe('transport close')
    await db.owner.query('alter function rest.joined_order_away(uuid, uuid) rename to joined_order')
    await phone.hears('booking_updated')
  })

  it('with the database while a phone connects does not refuse it: it would not come again', async () => {
    const order = await make.order(db.owner, { trucks: 1 })
    await db.owner.query('alter function rest.newer_orders(uuid[], uuid[]) rename to newer_orders_away')
    const phone = await phoneOf(here.url, (await asCustomer(here.url, order.customer)).token)
    await db.owner.query('alter function rest.newer_orders_away(uuid[], uuid[]) rename to newer_orders')
    await make.trip(db.owner, { order })
    expect((await phone.hears('booking_fully_filled')).data.orderId).toBe(order.id)
  })

  it('with lost database sessions loses no event', async () => {
    const { order, phone } = await joinedPhone()
    const killer = new pg.Client({ connectionString: db.restUrl })
    await killer.connect()
    const { rows } = await killer.query(
      "select pg_terminate_backend(pid) as ended from pg_stat_activity where usename = 'weelo_rest' and datname = current_database() and pid <> pg_backend_pid()",
    )
    await killer.end()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ ended }) => ended)).toBe(true)
    await db.owner.query(acceptSql, [`${order.id}.1`, newId(), ...Object.values(newTruck())])
    await phone.hears('truck_assigned')
  })

  it('a process that stops lets its phones come again elsewhere, and they hear what happened meanwhile', async () => {
    const leaving = await startService(db)
    const { order, phone } = await joinedPhone({}, leaving.url)
    const closed = new Promise((resolve) => phone.socket.on('disconnect', resolve))
    await leaving.stop()
    expect(await closed).toBe('transport close') // after which the app's library connects again by itself
    await db.owner.query(cancelled, [order.customer, order.id])
    const { token } = await asCustomer(here.url, order.customer)
    const again = await phoneOf(here.url, token)
    again.join(order.id)
    await again.hears('order_cancelled')
  })
})
