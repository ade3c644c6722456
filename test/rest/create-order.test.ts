import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { dueAt, newId } from '../support/make.ts'
import { asCustomer, example, oneTruck, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)
const limited = await copyDatabase()
const limitedService = await startService(limited)
await db.owner.query('update app.settings set creates_per_minute = 1000')

const bodies = [
  'create-one-truck',
  'create-six-trucks-three-types',
  'create-one-stop',
  'create-three-stops',
  'create-short-local-trip',
  'create-twenty-trucks',
  'create-stop-typed-by-hand',
]

describe('POST /orders', () => {
  it.each(['/api/v1/orders', '/api/v1/bookings/orders'])('answers 201 with the order on %s', async (path) => {
    const customer = await asCustomer(service.url)
    const { status, body } = await customer.send('POST', path, oneTruck)
    expect(status).toBe(201)
    expect(body.data.order).toMatchObject({
      customerId: customer.id,
      customerName: 'Asha',
      customerPhone: '9876543210',
      status: 'active',
      expiresIn: 60,
      totalTrucks: 1,
      trucksFilled: 0,
      totalAmount: 3555,
      goodsType: 'General',
    })
  })

  it.each(bodies)('accepts the app’s own body %s, byte for byte', async (name) => {
    const customer = await asCustomer(service.url)
    const { status, body } = await customer.create(example(name), newId())
    expect(status).toBe(201)
    const asked = JSON.parse(example(name)).vehicleRequirements as { quantity: number }[]
    expect(body.data.truckRequests).toHaveLength(asked.reduce((sum, line) => sum + line.quantity, 0))
  })

  it('answers 200 with the same order when the phone’s queue replays it in other JSON', async () => {
    const customer = await asCustomer(service.url)
    const first = await customer.create(oneTruck, 'the-key')
    const replay = await customer.create(example('create-queued-replay-of-one-truck'), 'the-key')
    expect(replay.status).toBe(200)
    expect(replay.headers.get('idempotent-replayed')).toBe('true')
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(replay.body.data.order.id).toBe(first.body.data.order.id)
  })

  it.each([
    ['a key order', (body: Record<string, unknown>) => Object.fromEntries(Object.entries(body).reverse())],
    [
      'a sixth decimal',
      (body: Record<string, unknown>) => ({
        ...body,
        drop: { latitude: 26.908731, longitude: 75.783272, address: 'Civil Lines' },
      }),
    ],
    [
      'explicit nulls',
      (body: Record<string, unknown>) => ({ ...body, cargoWeightKg: null, scheduledAt: null, routePoints: null }),
    ],
    ['an unknown field', (body: Record<string, unknown>) => ({ ...body, appVersion: '9' })],
    ['the goods type left out', ({ goodsType: _, ...body }: Record<string, unknown>) => body],
  ])('takes the same order with %s for the same meaning', async (_, change) => {
    const customer = await asCustomer(service.url)
    await customer.create(oneTruck, 'k')
    expect((await customer.create(change(JSON.parse(oneTruck)), 'k')).status).toBe(200)
  })

  it.each([
    [
      'price',
      { vehicleRequirements: [{ vehicleType: 'open', vehicleSubtype: '17 Feet', quantity: 1, pricePerTruck: 3556 }] },
    ],
    ['distance', { distanceKm: 238 }],
    ['goods', { goodsType: 'Steel' }],
    ['weight', { cargoWeightKg: 5 }],
    ['schedule', { scheduledAt: '2026-12-01T10:00:00Z' }],
    ['drop', { drop: { latitude: 26.9088, longitude: 75.78327, address: 'x' } }],
    [
      'stop',
      {
        routePoints: [
          { type: 'STOP', latitude: 0, longitude: 0, address: 'a' },
          { type: 'DROP', latitude: 1, longitude: 1, address: 'b' },
        ],
      },
    ],
  ])('refuses the same key for another %s, without the words that steer the app', async (_, change) => {
    const customer = await asCustomer(service.url)
    await customer.create(oneTruck, 'k')
    const { status, body } = await customer.create({ ...JSON.parse(oneTruck), ...change }, 'k')
    expect([status, body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    expect(body.error.message.toLowerCase()).not.toContain('active order')
  })

  it('takes any text for a key, one of the queue’s own included', async () => {
    const customer = await asCustomer(service.url)
    expect((await customer.create(oneTruck, `cancel_booking_${newId()}`)).status).toBe(201)
  })

  it('shows a replay of a cancelled and of an expired order as it is now, with a countdown of at least 1', async () => {
    const customer = await asCustomer(service.url)
    const first = await customer.create(oneTruck, 'a')
    await customer.cancel(first.body.data.order.id)
    expect((await customer.create(oneTruck, 'a')).body.data.order).toMatchObject({ status: 'cancelled', expiresIn: 1 })
    const second = await customer.create(oneTruck, 'b')
    await dueAt(db.owner, customer.id, second.body.data.order.id, '-1 s')
    const replay = await customer.create(oneTruck, 'b')
    expect(replay.body.data.order).toMatchObject({ status: 'expired', expiresIn: 1 })
    expect(replay.body.data.truckRequests.map((t) => t.status)).toEqual(['expired'])
  })

  it('says in a replay how many seconds are left, not how many there were', async () => {
    const customer = await asCustomer(service.url)
    const { body } = await customer.create(oneTruck, 'k')
    await dueAt(db.owner, customer.id, body.data.order.id, '17 s')
    expect((await customer.create(oneTruck, 'k')).body.data.order.expiresIn).toBe(17)
  })

  it('answers 409 with the order that is in the way, and names it as check-active does', async () => {
    const customer = await asCustomer(service.url)
    const first = await customer.create()
    const { status, body } = await customer.create()
    expect([status, body.success, body.error.code]).toEqual([409, false, 'ACTIVE_ORDER_EXISTS'])
    expect(body.error.message).toContain('active order')
    const { body: check } = await customer.get('/orders/check-active')
    expect(body.error.data.activeOrder.orderId).toBe(first.body.data.order.id)
    expect({ ...body.error.data.activeOrder, remainingSeconds: 0 }).toEqual({
      ...check.data.activeOrder,
      remainingSeconds: 0,
    })
    expect(body.error.data.activeOrder.remainingSeconds).toBeGreaterThan(55)
  })

  it('answers 429 with Retry-After above the create limit, and counts no replay and no refusal', async () => {
    await limited.owner.query('update app.settings set creates_per_minute = 2')
    const customer = await asCustomer(limitedService.url)
    const first = await customer.create(oneTruck, 'k')
    for (let i = 0; i < 3; i++) await customer.create(oneTruck, 'k')
    for (let i = 0; i < 3; i++) expect((await customer.create()).status).toBe(409)
    await customer.cancel(first.body.data.order.id)
    const second = await customer.create()
    expect(second.status).toBe(201)
    await customer.cancel(second.body.data.order.id)
    const refused = await customer.create()
    expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
  })

  it('records the customer as the actor', async () => {
    const customer = await asCustomer(service.url)
    const { id } = (await customer.create()).body.data.order
    expect(await one(db.owner, 'select from_status, actor from app.order_events where order_id = $1', [id])).toEqual({
      from_status: null,
      actor: 'customer',
    })
  })

  it('ignores status, customer, times and totals in the body', async () => {
    const customer = await asCustomer(service.url)
    const smuggled = {
      status: 'completed',
      customerId: newId(),
      id: newId(),
      totalAmount: 1,
      expiresAt: '2030-01-01T00:00:00Z',
      trucksFilled: 1,
    }
    const { body } = await customer.create({ ...JSON.parse(oneTruck), ...smuggled })
    expect(body.data.order).toMatchObject({
      status: 'active',
      customerId: customer.id,
      totalAmount: 3555,
      trucksFilled: 0,
      expiresIn: 60,
    })
  })

  it('stores the stops between pickup and drop, and only those', async () => {
    const customer = await asCustomer(service.url)
    const { body } = await customer.create(example('create-three-stops'))
    const row = await one<{ stops: { address: string }[] }>(db.owner, 'select stops from app.orders where id = $1', [
      body.data.order.id,
    ])
    expect(row.stops.map((stop) => stop.address)).toEqual([
      'Udyog Vihar Phase 4, Gurugram, Haryana',
      'RIICO Industrial Area, Bhiwadi, Rajasthan',
      'Neemrana Industrial Area, Rajasthan',
    ])
  })

  it.each([
    ['pickup.latitude', { pickup: { latitude: 90.1, longitude: 0, address: 'a' } }],
    ['drop.longitude', { drop: { latitude: 0, longitude: -180.1, address: 'a' } }],
    ['pickup.address', { pickup: { latitude: 0, longitude: 0, address: '' } }],
    ['pickup.address', { pickup: { latitude: 0, longitude: 0, address: 'x'.repeat(501) } }],
    ['pickup.address', { pickup: { latitude: 0, longitude: 0, address: 'a\0b' } }],
    ['pickup.address', { pickup: { latitude: 0, longitude: 0, address: '\ud800' } }],
    ['distanceKm', { distanceKm: 0 }],
    ['distanceKm', { distanceKm: 5001 }],
    ['distanceKm', { distanceKm: 12.5 }],
    ['vehicleRequirements', { vehicleRequirements: [] }],
    [
      'vehicleRequirements',
      { vehicleRequirements: Array(61).fill({ vehicleType: 'a', vehicleSubtype: 'b', quantity: 1, pricePerTruck: 1 }) },
    ],
    [
      'vehicleRequirements',
      {
        vehicleRequirements: Array(7).fill({ vehicleType: 'a', vehicleSubtype: 'b', quantity: 100, pricePerTruck: 1 }),
      },
    ],
    [
      'vehicleRequirements.0.quantity',
      { vehicleRequirements: [{ vehicleType: 'a', vehicleSubtype: 'b', quantity: 101, pricePerTruck: 1 }] },
    ],
    [
      'vehicleRequirements.0.pricePerTruck',
      { vehicleRequirements: [{ vehicleType: 'a', vehicleSubtype: 'b', quantity: 1, pricePerTruck: 1_000_001 }] },
    ],
    ['routePoints', { routePoints: [{ type: 'STOP', latitude: 0, longitude: 0, address: 'a' }] }],
    ['routePoints', { routePoints: Array(6).fill({ type: 'STOP', latitude: 0, longitude: 0, address: 'a' }) }],
    [
      'routePoints.1.type',
      {
        routePoints: [
          { type: 'STOP', latitude: 0, longitude: 0, address: 'a' },
          { type: 'HALT', latitude: 0, longitude: 0, address: 'a' },
        ],
      },
    ],
    ['goodsType', { goodsType: 'x'.repeat(101) }],
    ['cargoWeightKg', { cargoWeightKg: 1_000_001 }],
    ['scheduledAt', { scheduledAt: 'tomorrow' }],
    ['scheduledAt', { scheduledAt: '2100-01-01T00:00:00Z' }],
  ])('answers 400 that names %s, and changes nothing', async (path, change) => {
    const customer = await asCustomer(service.url)
    const { status, body } = await customer.create({ ...JSON.parse(oneTruck), ...change }, 'k')
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(body.error.data.fields.map((field) => field.path)).toContain(path)
    expect((await customer.create(oneTruck, 'k')).status).toBe(201)
  })

  it('accepts the widest order: 60 lines, 600 trucks, 5 points, coordinates of 0.0', async () => {
    const customer = await asCustomer(service.url)
    const point = { latitude: 0.0, longitude: 0.0, address: 'a', city: 'b', state: 'c' }
    const { status, body } = await customer.create({
      pickup: point,
      drop: point,
      distanceKm: 5000,
      routePoints: ['PICKUP', 'STOP', 'STOP', 'STOP', 'DROP'].map((type) => ({ type, ...point })),
      vehicleRequirements: Array.from({ length: 60 }, (_, i) => ({
        vehicleType: 't',
        vehicleSubtype: `${i}`,
        quantity: 10,
        pricePerTruck: 1_000_000,
      })),
      cargoWeightKg: 1_000_000,
      scheduledAt: '2026-12-31T23:59:59+05:30',
    })
    expect(status).toBe(201)
    expect(body.data.order).toMatchObject({
      totalTrucks: 600,
      totalAmount: 600_000_000,
      weight: '1000000 kg',
      scheduledAt: '2026-12-31T18:29:59.000Z',
    })
    expect(body.data.truckRequests).toHaveLength(600)
  })

  it('answers 400 to a body that is not JSON, and 413 to one above 64 KiB', async () => {
    const customer = await asCustomer(service.url)
    expect((await customer.create('{"pickup":')).status).toBe(400)
    const huge = await customer.create(`{"x":"${'x'.repeat(64 * 1024)}"}`)
    expect([huge.status, huge.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  it('answers 400 to a key above 255 characters', async () => {
    const customer = await asCustomer(service.url)
    expect((await customer.create(oneTruck, 'k'.repeat(255))).status).toBe(201)
    expect((await customer.create(oneTruck, 'k'.repeat(256))).status).toBe(400)
  })

  it('logs one line a decision with the tag that operators follow, and nothing personal', async () => {
    const customer = await asCustomer(service.url)
    const from = service.lines.length
    await customer.create(oneTruck, 'k')
    await customer.create(oneTruck, 'k')
    await customer.create(oneTruck)
    const lines = service.lines.slice(from)
    const decisions = lines.filter((line) => line.tag === 'getActiveOrderByCustomer')
    expect(decisions.map((line) => line.outcome)).toEqual(['created', 'replayed', 'one_active_order_per_customer'])
    const text = JSON.stringify(lines)
    for (const personal of ['9876543210', 'Connaught', customer.id, customer.token])
      expect(text).not.toContain(personal)
  })
})
