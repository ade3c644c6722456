import { expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { crowd, range, scaled, tally } from '../support/scale.ts'
import { asCustomer, type Customer, example, oneTruck, startService } from '../support/service.ts'
import { deadlocks } from './deadlocks.ts'

const db = await copyDatabase()
const service = await startService(db)
await db.owner.query('update app.settings set creates_per_minute = 1000000')

const ordersOf = async (customer: string) =>
  (
    await one<{ n: number }>(db.owner, 'select count(*)::integer as n from app.orders where customer_id = $1', [
      customer,
    ])
  ).n

it('of many creates for one customer at once exactly one wins, and every loser is told the winner', async () => {
  const size = scaled({ full: 1000, small: 100 })
  for (const _ of range(scaled({ full: 10, small: 3 }))) {
    const customer = await asCustomer(service.url)
    const answers = await crowd(range(size), size, () => customer.create(oneTruck, newId()))
    expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: 1, 409: size - 1 })
    const winner = answers.find((answer) => answer.status === 201)?.body.data.order.id
    const named = answers.filter((answer) => answer.status === 409).map((a) => a.body.error.data.activeOrder.orderId)
    expect(new Set(named)).toEqual(new Set([winner]))
    expect(await ordersOf(customer.id)).toBe(1)
  }
})

it('many customers with many creates each, interleaved: one order a customer, the rest refused, no deadlock', async () => {
  const customers = await Promise.all(range(scaled({ full: 1000, small: 50 })).map(() => asCustomer(service.url)))
  const before = await deadlocks(db.owner)
  // So many customers take turns within the calls in flight that each one's twenty creates meet one another there.
  const inFlight = scaled({ full: 500, small: 100 })
  const together = inFlight / 20
  const attempts = range(customers.length * 20).map(
    (i) => customers[Math.floor(i / inFlight) * together + (i % together)],
  )
  const answers = await crowd(attempts, inFlight, (customer) => (customer as Customer).create(oneTruck, newId()))
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: customers.length, 409: customers.length * 19 })
  expect(await deadlocks(db.owner)).toBe(before)
})

it('the same attempt many times at once, in different JSON, makes one order, and every answer shows it', async () => {
  const size = scaled({ full: 1000, small: 100 })
  const customer = await asCustomer(service.url)
  const bodies = [
    oneTruck,
    example('create-queued-replay-of-one-truck'),
    JSON.stringify({ ...JSON.parse(oneTruck), extra: 1 }),
  ]
  const answers = await crowd(range(size), size, (i) => customer.create(bodies[i % bodies.length], 'one-key'))
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 200: size - 1, 201: 1 })
  expect(new Set(answers.map((answer) => answer.body.data.order.id)).size).toBe(1)
  expect(await ordersOf(customer.id)).toBe(1)
})

it('create, cancel, create back to back succeeds, again and again', async () => {
  const customer = await asCustomer(service.url)
  for (const _ of range(scaled({ full: 200, small: 30 }))) {
    const { status, body } = await customer.create()
    expect(status).toBe(201)
    expect((await customer.cancel(body.data.order.id)).status).toBe(200)
  }
})

it('after cancelling the order that the 409 names, the next create succeeds at once', async () => {
  const customer = await asCustomer(service.url)
  await customer.create()
  const { body } = await customer.post('/bookings/orders', oneTruck)
  await customer.cancel(body.error.data.activeOrder.orderId)
  expect((await customer.create()).status).toBe(201)
})

it('of many cancels at once one makes the event, and all say cancelled', async () => {
  const customer = await asCustomer(service.url)
  const { id } = (await customer.create()).body.data.order
  const answers = await crowd(range(50), 50, () => customer.cancel(id))
  expect(tally(answers.map((answer) => `${answer.status} ${answer.body.data.status}`))).toEqual({ '200 cancelled': 50 })
  const events = await one(
    db.owner,
    "select count(*)::integer as n from app.order_events where order_id = $1 and to_status = 'cancelled'",
    [id],
  )
  expect(events).toEqual({ n: 1 })
})

it('with no worker, a stale order blocks no customer, and each is expired exactly once', async () => {
  const size = scaled({ full: 10_000, small: 300 })
  const stale = await db.owner.query<{ customer_id: string; id: string }>(
    `with o as (insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
       drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
     select gen_random_uuid(), now() - interval '2 min', now() - interval '1 min', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
     from generate_series(1, $1::integer) returning customer_id, id)
     select * from o`,
    [size],
  )
  const answers = await crowd(stale.rows, 100, async ({ customer_id }) =>
    (await asCustomer(service.url, customer_id)).create(),
  )
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: size })
  const { rows } = await db.owner.query(
    `select o.status, count(e.id)::integer as expiries from app.orders o
     left join app.order_events e on (e.customer_id, e.order_id) = (o.customer_id, o.id) and e.to_status = 'expired'
     where o.id = any($1) group by o.customer_id, o.id, o.status`,
    [stale.rows.map((row) => row.id)],
  )
  expect(tally(rows.map((row) => `${row.status} ${row.expiries}`))).toEqual({ 'expired 1': size })
})

it('around expires_at a customer is never both refused as active and told that there is none', async () => {
  await db.owner.query("update app.settings set search_window = '1 s'")
  const outcomes = await crowd(range(scaled({ full: 2000, small: 100 })), 20, async (i) => {
    const customer = await asCustomer(service.url)
    const { order } = (await customer.create()).body.data
    const end = Date.parse(String(order.expiresAt))
    await new Promise((resolve) => setTimeout(resolve, end - Date.now() - 150 + ((i * 37) % 170)))
    const check = await customer.get('/orders/check-active')
    const create = await customer.create()
    const none = check.body.data.hasActiveOrder === false
    if (none && create.status !== 201) return 'told none, then refused'
    if (create.status === 409) {
      const { expiresAt, orderId } = create.body.error.data.activeOrder
      if (orderId !== order.id || expiresAt !== order.expiresAt) return 'refused by another order'
      return 'refused before the end'
    }
    if (create.status !== 201) return `answered ${create.status}`
    const old = await customer.get(`/orders/${order.id}/status`)
    if (old.body.data.status !== 'expired') return 'created, but the old one is not expired'
    return 'created after the end'
  })
  await db.owner.query("update app.settings set search_window = '60 s'")
  const counts = tally(outcomes)
  expect(Object.keys(counts).sort()).toEqual(['created after the end', 'refused before the end'])
})
