import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { rowsOfOrder } from '../support/rows-of-order.ts'
import { asCustomer, asTransporter, example, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)

/** An order whose trucks are all promised, one trip each, in the order of their numbers. */
async function withTrips(trucks: number) {
  const order = await make.order(db.owner, { trucks })
  const trips = []
  for (let number = 1; number <= trucks; number++) trips.push(await make.trip(db.owner, { order, number }))
  return { order, trips, customer: await asCustomer(service.url, order.customer) }
}

const moved = (trip: { id: string; transporter: string } | undefined) =>
  asTransporter(service.url, trip?.transporter).then((transporter) => ({
    start: () => transporter.start(trip?.id ?? ''),
    complete: () => transporter.complete(trip?.id ?? ''),
    withdraw: () => transporter.withdraw(trip?.id ?? ''),
  }))

describe('GET /bookings', () => {
  it('lists the customer’s orders, newest first, a page at a time', async () => {
    const customer = newId()
    const first = await make.order(db.owner, { customer, status: 'cancelled' })
    const second = await make.order(db.owner, { customer, dueIn: '-1 ms' })
    await make.order(db.owner)
    const { get } = await asCustomer(service.url, customer)
    const page = (await get('/bookings?page=1&limit=1')).body.data
    expect(page).toMatchObject({ total: 2, hasMore: true, bookings: [{ id: second.id, status: 'expired' }] })
    const rest = (await get('/bookings?page=2&limit=1')).body.data
    expect(rest).toMatchObject({ total: 2, hasMore: false, bookings: [{ id: first.id, status: 'cancelled' }] })
    expect((await get('/bookings?page=1&limit=50')).body.data.bookings).toHaveLength(2)
  })

  it('lists 20 at once, unless asked for up to 100', async () => {
    const customer = newId()
    for (let i = 0; i < 21; i++) await make.order(db.owner, { customer, status: 'cancelled' })
    const { get } = await asCustomer(service.url, customer)
    expect((await get('/bookings')).body.data.bookings).toHaveLength(20)
    expect((await get('/bookings?limit=100')).body.data.bookings).toHaveLength(21)
  })

  it.each(['page=0', 'limit=0', 'limit=101', 'limit=ten'])('answers 400 to %s', async (query) => {
    const { get } = await asCustomer(service.url)
    expect((await get(`/bookings?${query}`)).status).toBe(400)
  })

  it('is empty for a customer without orders', async () => {
    const { get } = await asCustomer(service.url)
    expect((await get('/bookings')).body.data).toEqual({ bookings: [], total: 0, hasMore: false })
  })
})

describe('GET /bookings/:id', () => {
  it('answers every order of the customer, several types joined, with the floor of the average price', async () => {
    const customer = await asCustomer(service.url)
    const line = (vehicleType: string, vehicleSubtype: string, pricePerTruck: number) => ({
      ...{ vehicleType, vehicleSubtype, pricePerTruck },
      quantity: 1,
    })
    const { order } = (
      await customer.create({
        ...JSON.parse(example('create-three-stops')),
        vehicleRequirements: [
          line('open', '17 Feet', 1000),
          line('container', '19 Feet', 1001),
          line('open', '19 Feet', 1001),
        ],
      })
    ).body.data
    const { booking } = (await customer.get(`/bookings/${order.id}`)).body.data
    expect(booking).toMatchObject({
      id: order.id,
      status: 'active',
      vehicleType: 'container, open',
      vehicleSubtype: '17 Feet, 19 Feet',
      trucksNeeded: 3,
      trucksFilled: 0,
      totalAmount: 3002,
      pricePerTruck: 1000,
      pickup: order.pickup,
      drop: order.drop,
    })
  })

  it.each(['active', 'partially_filled', 'fully_filled', 'in_progress', 'completed', 'cancelled', 'expired'] as const)(
    'answers an order that is %s, so that the app never takes its fallback',
    async (status) => {
      const order = await make.order(db.owner, { status })
      const { body } = await (await asCustomer(service.url, order.customer)).get(`/bookings/${order.id}`)
      expect(body.data.booking).toMatchObject({ id: order.id, status, totalAmount: 2000, pricePerTruck: 1000 })
    },
  )

  it('shows a partly filled search that has run out as settled for the truck it has', async () => {
    const order = await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
    const { body } = await (await asCustomer(service.url, order.customer)).get(`/bookings/${order.id}`)
    expect(body.data.booking).toMatchObject({
      status: 'fully_filled',
      trucksNeeded: 1,
      trucksFilled: 1,
      totalAmount: 1000,
      pricePerTruck: 1000,
    })
  })

  it('keeps apart from /bookings/orders, which lists orders', async () => {
    const { get } = await asCustomer(service.url)
    expect(Object.keys((await get('/bookings/orders')).body.data)).toContain('orders')
  })
})

describe('GET /bookings/:id/trucks', () => {
  it('tells of each truck as its trip goes: driver_accepted, in_transit, completed', async () => {
    const { order, trips, customer } = await withTrips(3)
    const [first, second, third] = trips
    const none = await make.order(db.owner)
    const empty = await asCustomer(service.url, none.customer)
    expect((await empty.get(`/bookings/${none.id}/trucks`)).body.data).toEqual({ trucks: [] })
    await (await moved(second)).start()
    await (await moved(third)).start()
    await (await moved(third)).complete()
    const { trucks } = (await customer.get(`/bookings/${order.id}/trucks`)).body.data
    expect(trucks.map(({ tripId, status }) => [tripId, status])).toEqual([
      [first?.id, 'driver_accepted'],
      [second?.id, 'in_transit'],
      [third?.id, 'completed'],
    ])
    expect(trucks[0]).toMatchObject({
      assignmentId: first?.id,
      vehicleNumber: first?.vehicle,
      vehicleType: 'open',
      driverName: 'Ravi',
      driverPhone: first?.phone,
    })
  })

  it('no longer shows a truck that was withdrawn', async () => {
    const { order, trips, customer } = await withTrips(2)
    await (await moved(trips[0])).withdraw()
    const { trucks } = (await customer.get(`/bookings/${order.id}/trucks`)).body.data
    expect(trucks.map(({ tripId }) => tripId)).toEqual([trips[1]?.id])
  })
})

describe('GET /tracking/booking/:id', () => {
  it.each([
    ['without trucks', 0],
    ['with trucks', 2],
  ])('answers an order %s with an empty list, since nothing is known', async (_, started) => {
    const { order, trips, customer } = await withTrips(2)
    for (const trip of trips.slice(0, started)) await (await moved(trip)).start()
    const { status, body } = await customer.get(`/tracking/booking/${order.id}`)
    expect([status, body.data]).toEqual([200, { bookingId: order.id, trucks: [] }])
  })
})

describe('PATCH /bookings/:id/cancel', () => {
  it('cancels with an empty body and no content type, as the app sends it, and says it again', async () => {
    const order = await make.order(db.owner)
    const { send } = await asCustomer(service.url, order.customer)
    const path = `/api/v1/bookings/${order.id}/cancel`
    const { status, body } = await send('PATCH', path)
    expect([status, body.data.booking]).toMatchObject([200, { id: order.id, status: 'cancelled' }])
    expect(await one(db.owner, 'select status, cancel_reason from app.orders where id = $1', [order.id])).toEqual({
      status: 'cancelled',
      cancel_reason: 'customer_cancelled',
    })
    const before = await rowsOfOrder(db.owner, order.id)
    expect((await send('PATCH', path)).body.data.booking.status).toBe('cancelled')
    expect(await rowsOfOrder(db.owner, order.id)).toEqual(before)
  })

  it('releases the trucks, and is refused with 409 once one has set off', async () => {
    const [free, gone] = [await withTrips(1), await withTrips(1)]
    await free.customer.send('PATCH', `/api/v1/bookings/${free.order.id}/cancel`)
    expect(await one(db.owner, 'select status from app.trips where order_id = $1', [free.order.id])).toEqual({
      status: 'cancelled',
    })
    await (await moved(gone.trips[0])).start()
    const before = await rowsOfOrder(db.owner, gone.order.id)
    const refused = await gone.customer.send('PATCH', `/api/v1/bookings/${gone.order.id}/cancel`)
    expect([refused.status, refused.body.error.rule]).toEqual([409, 'order_is_cancellable'])
    expect(await rowsOfOrder(db.owner, gone.order.id)).toEqual(before)
  })
})

describe('somebody else’s booking', () => {
  it.each([
    ['GET', (id: string) => `/bookings/${id}`],
    ['GET', (id: string) => `/bookings/${id}/trucks`],
    ['PATCH', (id: string) => `/bookings/${id}/cancel`],
    ['GET', (id: string) => `/tracking/booking/${id}`],
  ] as const)('%s answers the same 404 for it, an unknown and a malformed id', async (method, path) => {
    const { order } = await withTrips(1)
    const before = await rowsOfOrder(db.owner, order.id)
    const stranger = await asCustomer(service.url)
    const answers = []
    for (const id of [order.id, newId(), '00000000', `${order.id}x`, '%00'])
      answers.push(await stranger.send(method, `/api/v1${path(id)}`, undefined, { 'x-request-id': 'same' }))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]?.body.error.rule).toBe('order_is_known')
    expect(await rowsOfOrder(db.owner, order.id)).toEqual(before)
  })
})
