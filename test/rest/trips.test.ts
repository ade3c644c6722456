import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { dueAt, make, newId, newTruck } from '../support/make.ts'
import { rowsOfOrder } from '../support/rows-of-order.ts'
import { asCustomer, asTransporter, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)
const rowsOf = (orderId: string) => rowsOfOrder(db.owner, orderId)

describe('a trip', () => {
  /** A trip that has just been accepted, of an order of so many trucks; `filled` accepts the others too. */
  async function withTrip({ trucks = 1, filled = true } = {}) {
    const transporter = await asTransporter(service.url)
    const order = await make.order(db.owner, { trucks })
    const { id } = await make.trip(db.owner, { order, transporter: transporter.id })
    if (filled) for (let number = 2; number <= trucks; number++) await make.trip(db.owner, { order, number })
    return { transporter, order, id }
  }
  const statusOf = async (orderId: string) =>
    (await one<{ status: string }>(db.owner, 'select status from app.orders where id = $1', [orderId])).status

  it('starts and is completed, each answered the same when asked again, and the order with it', async () => {
    const { transporter, order, id } = await withTrip()
    const started = await transporter.start(id)
    expect([started.status, started.body.data.trip.status]).toEqual([200, 'in_transit'])
    expect(await statusOf(order.id)).toBe('in_progress')
    const before = await rowsOf(order.id)
    expect((await transporter.start(id)).text).toBe(started.text)
    expect(await rowsOf(order.id)).toEqual(before)
    const completed = await transporter.complete(id)
    expect([completed.status, completed.body.data.trip.status]).toEqual([200, 'completed'])
    expect(await statusOf(order.id)).toBe('completed')
    const after = await rowsOf(order.id)
    expect((await transporter.complete(id)).text).toBe(completed.text)
    expect(await rowsOf(order.id)).toEqual(after)
  })

  it('completes its order only when every truck of it has arrived', async () => {
    const { transporter, order, id } = await withTrip({ trucks: 2 })
    await transporter.start(id)
    await transporter.complete(id)
    expect(await statusOf(order.id)).toBe('in_progress')
  })

  it('names its transporter as the actor of every move', async () => {
    const { transporter, order, id } = await withTrip()
    await transporter.start(id)
    await transporter.complete(id)
    const { rows } = await db.owner.query(
      "select distinct actor from app.order_events where order_id = $1 and (trip_status in ('in_transit', 'completed') or to_status in ('in_progress', 'completed'))",
      [order.id],
    )
    expect(rows).toEqual([{ actor: `transporter ${transporter.id}` }])
  })

  it('frees its vehicle and driver once it is completed, and no longer tells whom to ring', async () => {
    const transporter = await asTransporter(service.url)
    const truck = newTruck()
    const openRequest = async () => `${(await make.order(db.owner, { trucks: 1 })).id}.1`
    const { tripId } = (await transporter.accept(await openRequest(), truck)).body.data.trip
    await transporter.start(tripId)
    const { trip } = (await transporter.complete(tripId)).body.data
    expect(trip).not.toHaveProperty('customerPhone')
    expect(trip).not.toHaveProperty('customerName')
    expect((await transporter.accept(await openRequest(), truck)).status).toBe(200)
  })

  it('is withdrawn, answered the same when asked again, and its truck request searches again', async () => {
    const { transporter, order, id } = await withTrip()
    const withdrawn = await transporter.withdraw(id, '  The truck broke down ')
    expect([withdrawn.status, withdrawn.body.data.trip]).toMatchObject([
      200,
      { status: 'withdrawn', reason: 'The truck broke down' },
    ])
    expect(await statusOf(order.id)).toBe('active')
    const before = await rowsOf(order.id)
    expect((await transporter.withdraw(id, 'Again')).text).toBe(withdrawn.text)
    expect(await rowsOf(order.id)).toEqual(before)
    expect((await transporter.accept(`${order.id}.1`)).status).toBe(200)
  })

  it.each([
    ['no body', undefined],
    ['an empty object', {}],
    ['a null', { reason: null }],
    ['an empty text', { reason: '' }],
    ['blanks', { reason: '  ' }],
  ])('is withdrawn with a reason of ours when %s comes along', async (_, body) => {
    const { transporter, id } = await withTrip()
    const answer = await transporter.send('POST', `/trips/${id}/withdraw`, body)
    expect(answer.body.data.trip).toMatchObject({ status: 'withdrawn', reason: 'The transporter withdrew the truck' })
  })

  it.each([
    ['too long', 'request_is_valid', { reason: 'x'.repeat(501) }],
    ['no text', 'request_is_valid', { reason: 5 }],
    ['of blank lines', 'trip_end_reason_is_given', { reason: '\n\t' }],
  ])('is not withdrawn for a reason that is %s', async (_, rule, body) => {
    const { transporter, order, id } = await withTrip()
    const before = await rowsOf(order.id)
    const answer = await transporter.send('POST', `/trips/${id}/withdraw`, body)
    expect([answer.status, answer.body.error.rule]).toEqual([400, rule])
    expect(answer.body.error.data.fields.map((field) => field.path)).toEqual(['reason'])
    expect(await rowsOf(order.id)).toEqual(before)
  })

  it('does not start while its order searches, and says for how long', async () => {
    const { transporter, order, id } = await withTrip({ trucks: 2, filled: false })
    const before = await rowsOf(order.id)
    const { status, body } = await transporter.start(id)
    expect([status, body.error.code, body.error.rule]).toEqual([
      409,
      'ORDER_STILL_SEARCHING',
      'trip_starts_after_the_search',
    ])
    expect(body.error.data).toMatchObject({ orderId: order.id })
    expect(body.error.data.remainingSeconds).toBeGreaterThan(30)
    expect(await rowsOf(order.id)).toEqual(before)
    await dueAt(db.owner, order.customer, order.id, '-1 ms')
    expect((await transporter.start(id)).body.data.trip.status).toBe('in_transit')
  })

  it.each([
    ['completed before it starts', [], 'complete', 'driver_accepted', 'completed'],
    ['withdrawn after it started', ['start'], 'withdraw', 'in_transit', 'withdrawn'],
    ['withdrawn after it was completed', ['start', 'complete'], 'withdraw', 'completed', 'withdrawn'],
    ['started after it was completed', ['start', 'complete'], 'start', 'completed', 'in_transit'],
    ['started after it was withdrawn', ['withdraw'], 'start', 'withdrawn', 'in_transit'],
    ['completed after it was withdrawn', ['withdraw'], 'complete', 'withdrawn', 'completed'],
  ] as const)('is not %s: 409 trip_move_is_legal, and nothing changes', async (_, before, move, from, to) => {
    const { transporter, order, id } = await withTrip()
    for (const step of before) expect((await transporter[step](id)).status).toBe(200)
    const rows = await rowsOf(order.id)
    const { status, body } = await transporter[move](id)
    expect([status, body.error.code, body.error.rule]).toEqual([409, 'TRIP_STATUS_CONFLICT', 'trip_move_is_legal'])
    expect(body.error.data).toEqual({ tripId: id, from, to })
    expect(await rowsOf(order.id)).toEqual(rows)
  })

  it('is over when its order is cancelled', async () => {
    const { transporter, order, id } = await withTrip()
    await (await asCustomer(service.url, order.customer)).cancel(order.id, 'Change of plans')
    const { body } = await transporter.start(id)
    expect([body.error.rule, body.error.data.from]).toEqual(['trip_move_is_legal', 'cancelled'])
  })

  it.each(['start', 'complete', 'withdraw'])(
    'answers the same 404 to %s for another transporter’s, an unknown and a malformed id, and changes nothing',
    async (move) => {
      const { order, id } = await withTrip()
      const before = await rowsOf(order.id)
      const stranger = await asTransporter(service.url)
      const answers = []
      for (const asked of [id, id.toUpperCase(), newId(), order.id, '00000000', `${id}x`, '%00'])
        answers.push(await stranger.send('POST', `/trips/${asked}/${move}`, undefined, { 'x-request-id': 'same' }))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
      expect(answers[0]?.body.error).toMatchObject({ code: 'TRIP_NOT_FOUND', rule: 'trip_is_known' })
      expect(await rowsOf(order.id)).toEqual(before)
    },
  )
})

describe('GET /trips', () => {
  it('lists the transporter’s own trips, newest first, a page at a time, whatever became of them', async () => {
    const transporter = await asTransporter(service.url)
    const trips = []
    for (let i = 0; i < 3; i++) trips.push(await make.trip(db.owner, { transporter: transporter.id }))
    await make.trip(db.owner)
    const [oldest, middle, newest] = trips.map(({ id }) => id)
    await transporter.withdraw(oldest ?? '')
    const page = (await transporter.get('/trips?page=1&limit=2')).body.data
    expect(page).toMatchObject({ page: 1, limit: 2, total: 3, hasMore: true })
    expect(page.trips.map((t) => t.tripId)).toEqual([newest, middle])
    const rest = (await transporter.get('/trips?page=2&limit=2')).body.data
    expect(rest).toMatchObject({ total: 3, hasMore: false, trips: [{ tripId: oldest, status: 'withdrawn' }] })
    expect((await transporter.get('/trips')).body.data).toMatchObject({ limit: 20, total: 3 })
  })

  it('is empty for a transporter without trips', async () => {
    const { get } = await asTransporter(service.url)
    expect((await get('/trips')).body.data).toEqual({ trips: [], page: 1, limit: 20, total: 0, hasMore: false })
  })

  it.each(['page=0', 'limit=101', 'limit=ten'])('answers 400 to %s', async (query) => {
    const { get } = await asTransporter(service.url)
    expect((await get(`/trips?${query}`)).status).toBe(400)
  })
})

describe('the log of a transporter’s requests', () => {
  it('has a line each by route, and no phone, address, driver’s name, vehicle number or id', async () => {
    const from = service.lines.length
    const customer = await asCustomer(service.url)
    const { id } = (await customer.create()).body.data.order
    const other = await make.order(db.owner)
    const transporter = await asTransporter(service.url)
    const truck = { ...newTruck(), driver: 'Ravindranath' }
    await transporter.get('/orders/active?vehicleType=Secret')
    const { tripId } = (await transporter.accept(`${id}.1`, truck)).body.data.trip
    await (await asTransporter(service.url)).accept(`${id}.1`, truck)
    await transporter.accept(`${other.id}.1`, truck)
    await transporter.accept(`${id}.1`, { ...truck, phone: 'no phone at all' })
    await transporter.accept(`${id}.1`, { ...truck, vehicle: `${'K'.repeat(20)}\ufeff` })
    await transporter.start(tripId)
    await transporter.withdraw(tripId, 'Private words')
    await transporter.complete(tripId)
    await transporter.get('/trips')
    await customer.get(`/bookings/${id}/trucks`)
    const lines = service.lines.slice(from)
    expect(lines.map((line) => line.route)).toEqual(
      expect.arrayContaining([
        '/api/v1/orders/active',
        '/api/v1/orders/accept',
        '/api/v1/trips/:tripId/start',
        '/api/v1/trips/:tripId/withdraw',
        '/api/v1/trips/:tripId/complete',
        '/api/v1/trips',
        '/api/v1/bookings/:bookingId/trucks',
      ]),
    )
    expect(lines.filter((line) => line.role === 'transporter').length).toBeGreaterThanOrEqual(10)
    const text = JSON.stringify(lines)
    const secrets = [
      truck.phone,
      truck.driver,
      truck.vehicle,
      'KKKK',
      'no phone',
      'Private',
      '9876543210',
      '9123456780',
    ]
    const more = ['Asha', 'Connaught', 'Civil Lines', customer.id, transporter.id, id, tripId, transporter.token]
    expect([...secrets, ...more].filter((secret) => text.includes(secret))).toEqual([])
  })
})
