import fc from 'fast-check'
import { expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make } from '../support/make.ts'
import { crowd, range, scaled, tally } from '../support/scale.ts'
import { asCustomer, example, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)

const states = [
  { status: 'active' },
  { status: 'active', dueIn: '-1 s' },
  { status: 'partially_filled', trucks: 3 },
  { status: 'partially_filled', trucks: 3, dueIn: '-1 s' },
  { status: 'fully_filled' },
  { status: 'in_progress' },
  { status: 'completed' },
  { status: 'cancelled' },
  { status: 'expired' },
] as const
// Some with trucks, whose drivers are nobody else's business either.
const promised = await crowd(range(6), 4, () => make.trip(db.owner))
// A search of an hour, so that nothing comes due while the calls run.
const orders = [
  ...(await crowd(
    range(3).flatMap(() => [...states]),
    4,
    (state) => make.order(db.owner, { dueIn: '1 hour', ...state }),
  )),
  ...promised.map((trip) => trip.order),
]
// Half of the strangers have open orders of their own.
const strangers = await Promise.all(
  range(10).map(async (n) => {
    const customer = await asCustomer(service.url)
    const own = n % 2 === 0 ? [(await make.order(db.owner, { customer: customer.id, dueIn: '1 hour' })).id] : []
    return { customer, own }
  }),
)

const routes = [
  ...['/orders', '/bookings/orders'].flatMap((base) => [
    ['GET', `${base}/{id}`],
    ['GET', `${base}/{id}/status`],
    ['GET', `${base}/{id}/cancel-preview`],
    ['POST', `${base}/{id}/cancel`],
    ['POST', `${base}/{id}/cancel/dispute`],
    ['DELETE', `${base}/{id}/cancel`],
  ]),
  ['GET', '/bookings/{id}'],
  ['GET', '/bookings/{id}/trucks'],
  ['GET', '/tracking/booking/{id}'],
  ['PATCH', '/bookings/{id}/cancel'],
]
/** The answers of these do not repeat the order's id. */
const unnamed = /\/(trucks|dispute)$/

/** Every row of an order's tables with its version: a write that changes nothing shows too. */
const rowsNow = () =>
  one(
    db.owner,
    `select
       (select md5(string_agg(o.xmin || ' ' || o.ctid || o::text, ',' order by o.id)) from app.orders o) as orders,
       (select md5(string_agg(t.xmin || ' ' || t.ctid || t::text, ',' order by t.order_id, t.request_number)) from app.truck_requests t) as trucks,
       (select md5(string_agg(t.xmin || ' ' || t.ctid || t::text, ',' order by t.id)) from app.trips t) as trips,
       (select md5(string_agg(d.xmin || ' ' || d.ctid || d::text, ',' order by d.id)) from app.disputes d) as disputes,
       (select md5(string_agg(e.xmin || ' ' || e.ctid || e::text, ',' order by e.id)) from app.order_events e) as events`,
  )

const order = fc.constantFrom(...orders)
const anyId = fc.oneof(
  { weight: 4, arbitrary: order.map(({ id }) => id) },
  { weight: 1, arbitrary: order.map(({ id }) => id.toUpperCase()) },
  { weight: 1, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: order.map(({ customer }) => customer) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        order,
        fc.constantFrom('x*', '*x', '{*}', 'urn:uuid:*', '*.1', ' *', '* ', '*\0', "*' or '1'='1", '*/..', '*%'),
      )
      .map(([{ id }, form]) => form.replace('*', id)),
  },
  {
    weight: 1,
    arbitrary: order.chain(({ id }) =>
      fc.constantFrom(
        id.replaceAll('-', ''),
        id.slice(0, 35),
        id.slice(1),
        `${id.slice(0, 35)}g`,
        id.replace('-', '_'),
      ),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('null', 'undefined', '0', '-1', '*', '%', 'true', 'status', 'x'.repeat(3_000)),
  },
)
// The address parser takes these two for steps in the path, also when they are encoded.
const id = anyId.filter((text) => text !== '.' && text !== '..')

it('answers strangers on every route as if the order did not exist, and changes nothing', async () => {
  const before = await rowsNow()
  const texts = new Set<string>()
  const called: string[] = []
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...strangers),
      fc.constantFrom(...routes),
      id,
      async (stranger, route, orderId) => {
        const [method = '', path = ''] = route
        const answer = await stranger.customer.send(
          method,
          `/api/v1${path.replace('{id}', () => encodeURIComponent(orderId))}`,
          method === 'POST' ? { reason: 'not mine' } : undefined,
          { 'x-request-id': 'same' },
        )
        expect(answer.status, answer.text).toBe(404)
        texts.add(answer.text)
        called.push(`${method} ${path}`)
      },
    ),
    { numRuns: scaled({ full: 10_000, small: 300 }) },
  )
  expect([...texts]).toHaveLength(1)
  expect([...texts][0]).toContain('ORDER_NOT_FOUND')
  expect(Object.keys(tally(called))).toHaveLength(routes.length)
  expect(await rowsNow()).toEqual(before)
})

it('shows strangers none of it in their lists, and names only their own in check-active', async () => {
  const foreign = new Set(orders.flatMap(({ id, customer }) => [id, customer]))
  for (const { customer, own } of strangers) {
    const active = await customer.get('/orders/check-active')
    expect(active.body.data.activeOrder?.orderId).toBe(own[0])
    for (const path of [
      '/orders?limit=100',
      '/bookings/orders?limit=100',
      '/bookings?limit=100',
      '/orders?page=2&limit=1',
    ]) {
      const { text, body } = await customer.get(path)
      expect(body.data.total).toBe(own.length)
      const listed: { id: string }[] = body.data.orders ?? body.data.bookings
      if (!path.includes('page')) expect(listed.map(({ id }) => id)).toEqual(own)
      expect([...foreign].filter((secret) => text.includes(secret))).toEqual([])
    }
  }
})

it('keeps idempotency keys apart: a stranger’s attempt with the same key is an order of its own', async () => {
  const [owner, stranger] = [await asCustomer(service.url), await asCustomer(service.url)]
  const first = await owner.create(example('create-one-truck'), 'a-key')
  const second = await stranger.create(example('create-one-truck'), 'a-key')
  const other = await (await asCustomer(service.url)).create(example('create-six-trucks-three-types'), 'a-key')
  expect([first.status, second.status, other.status]).toEqual([201, 201, 201])
  expect(second.body.data.order.id).not.toBe(first.body.data.order.id)
  expect(second.text + other.text).not.toContain(owner.id)
})

it('answers the owner on the same routes, also with the id in capitals', async () => {
  const { customer, id } = await make.order(db.owner, { dueIn: '1 hour' })
  const owner = await asCustomer(service.url, customer)
  for (const [method = '', path = ''] of routes)
    for (const asked of [id, id.toUpperCase()]) {
      const answer = await owner.send(method, `/api/v1${path.replace('{id}', asked)}`)
      expect(answer.status, `${method} ${path}`).toBe(200)
      if (!unnamed.test(path)) expect(answer.text).toContain(id)
    }
})
