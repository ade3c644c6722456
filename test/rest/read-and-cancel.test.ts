import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { dueAt, make, newId } from '../support/make.ts'
import { asCustomer, oneTruck, request, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)
const withOrder = async (options: Parameters<typeof make.order>[1] = {}) => {
  const order = await make.order(db.owner, options)
  return { order, customer: await asCustomer(service.url, order.customer) }
}

describe('GET /orders/check-active', () => {
  it('names the open order, and none after a cancel', async () => {
    const customer = await asCustomer(service.url)
    const { body } = await customer.create()
    const { id } = body.data.order
    expect((await customer.get('/orders/check-active')).body.data).toMatchObject({
      hasActiveOrder: true,
      activeOrder: { orderId: id, status: 'active' },
    })
    await customer.cancel(id)
    expect((await customer.get('/orders/check-active')).body.data).toEqual({ hasActiveOrder: false })
  })

  it('says none from the instant of expires_at, with no worker running, and writes nothing', async () => {
    const { order, customer } = await withOrder({ dueIn: '-1 ms' })
    const version = () => one(db.owner, 'select status, xmin, ctid from app.orders where id = $1', [order.id])
    const before = await version()
    expect((await customer.get('/orders/check-active')).body.data).toEqual({ hasActiveOrder: false })
    expect(await version()).toEqual(before)
  })

  it.each(['fully_filled', 'in_progress', 'completed'] as const)(
    'says none for an order that is %s: the app would resume its search',
    async (status) => {
      const { customer } = await withOrder({ status })
      expect((await customer.get('/orders/check-active')).body.data.hasActiveOrder).toBe(false)
    },
  )
})

describe.each(['/orders', '/bookings/orders'])('GET %s/:id/status', (base) => {
  it.each([
    ['active', true, 60],
    ['partially_filled', true, 60],
    ['fully_filled', true, 0],
    ['in_progress', true, 0],
    ['completed', false, 0],
    ['cancelled', false, 0],
    ['expired', false, 0],
  ] as const)('tells of %s: isActive %s, %i seconds', async (status, isActive, remainingSeconds) => {
    const { order, customer } = await withOrder({ status })
    const { body } = await customer.get(`${base}/${order.id}/status`)
    expect(body.data).toMatchObject({ orderId: order.id, status, isActive, remainingSeconds })
    expect(body.data.reasonCode).toBe(status === 'expired' ? 'NO_TRANSPORTER_ACCEPTANCE' : undefined)
  })

  it('says expired from the instant of expires_at', async () => {
    const { order, customer } = await withOrder({ dueIn: '-1 ms' })
    expect((await customer.get(`${base}/${order.id}/status`)).body.data).toMatchObject({
      status: 'expired',
      isActive: false,
      remainingSeconds: 0,
      reasonCode: 'NO_TRANSPORTER_ACCEPTANCE',
    })
  })
})

describe.each(['/orders', '/bookings/orders'])('GET %s/:id', (base) => {
  it('shows the order with nested places, its requests and their counts', async () => {
    const { order, customer } = await withOrder({ status: 'partially_filled', trucks: 3 })
    const { body } = await customer.get(`${base}/${order.id}`)
    expect(body.data.order).toMatchObject({
      id: order.id,
      status: 'partially_filled',
      pickup: { coordinates: { latitude: 28.6, longitude: 77.2 }, address: 'Delhi' },
    })
    expect(body.data.requests.map((r) => r.id)).toEqual([`${order.id}.1`, `${order.id}.2`, `${order.id}.3`])
    expect(body.data.summary).toEqual({ totalTrucks: 3, trucksFilled: 1, trucksSearching: 2, trucksExpired: 0 })
  })

  it('shows a partly filled search that has run out as settled for the truck it has', async () => {
    const { order, customer } = await withOrder({ status: 'partially_filled', trucks: 3, dueIn: '-1 s' })
    const { body } = await customer.get(`${base}/${order.id}`)
    expect(body.data.order).toMatchObject({ status: 'fully_filled', totalTrucks: 1, totalAmount: 1000 })
    expect(body.data.summary).toEqual({ totalTrucks: 1, trucksFilled: 1, trucksSearching: 0, trucksExpired: 2 })
  })
})

describe.each(['/orders', '/bookings/orders'])('GET %s', (path) => {
  it('lists the customer’s own orders, newest first, with total and hasMore', async () => {
    const customer = newId()
    const first = await make.order(db.owner, { customer, status: 'cancelled' })
    const second = await make.order(db.owner, { customer, dueIn: '-1 s' })
    const { get } = await asCustomer(service.url, customer)
    const page = (await get(`${path}?page=1&limit=1`)).body.data
    expect(page).toMatchObject({ total: 2, hasMore: true })
    expect(page.orders).toMatchObject([
      { id: second.id, status: 'expired', requestsSummary: { total: 2, searching: 0, expired: 2 } },
    ])
    const rest = (await get(`${path}?page=2&limit=1`)).body.data
    expect(rest).toMatchObject({ total: 2, hasMore: false })
    expect(rest.orders.map((o) => o.id)).toEqual([first.id])
    expect((await get(path)).body.data.orders).toHaveLength(2)
  })

  it.each(['page=0', 'limit=0', 'limit=101', 'limit=ten', 'page=1.5'])('answers 400 to %s', async (query) => {
    const { get } = await asCustomer(service.url)
    expect((await get(`${path}?${query}`)).status).toBe(400)
  })

  it('is empty for a customer without orders', async () => {
    const { get } = await asCustomer(service.url)
    expect((await get(path)).body.data).toEqual({ orders: [], page: 1, limit: 20, total: 0, hasMore: false })
  })
})

describe('cancelling', () => {
  it.each([
    ['POST', '/orders'],
    ['POST', '/bookings/orders'],
    ['DELETE', '/orders'],
    ['DELETE', '/bookings/orders'],
  ])('%s %s/:id/cancel answers 200 once it is committed, without any optional header or body', async (method, base) => {
    const { order, customer } = await withOrder()
    const { status, body } = await customer.send(method, `/api/v1${base}/${order.id}/cancel`)
    expect([status, body.success, body.data.status]).toEqual([200, true, 'cancelled'])
    expect(await one(db.owner, 'select status from app.orders where id = $1', [order.id])).toEqual({
      status: 'cancelled',
    })
  })

  it('keeps the reason, and records the customer as the actor', async () => {
    const { order, customer } = await withOrder()
    const { body } = await customer.cancel(order.id, '  Taking too long ')
    expect(body.data).toMatchObject({ status: 'cancelled', reason: 'Taking too long' })
    expect(
      await one(
        db.owner,
        "select actor, reason from app.order_events where order_id = $1 and to_status = 'cancelled'",
        [order.id],
      ),
    ).toEqual({ actor: 'customer', reason: 'Taking too long' })
  })

  it('says when the order was cancelled, and nothing of the kind when it has expired', async () => {
    const open = await withOrder()
    const { cancelledAt } = (await open.customer.cancel(open.order.id)).body.data
    const { updated_at } = await one<{ updated_at: Date }>(
      db.owner,
      'select updated_at from app.orders where id = $1',
      [open.order.id],
    )
    expect(cancelledAt).toBe(updated_at.toISOString())
    const due = await withOrder({ dueIn: '-1 s' })
    expect((await due.customer.cancel(due.order.id)).body.data).not.toHaveProperty('cancelledAt')
  })

  it('answers a second cancel, also with the queue’s key, 200 with the first one’s facts', async () => {
    const { order, customer } = await withOrder()
    const first = await customer.cancel(order.id, 'first')
    const again = await customer.post(
      `/orders/${order.id}/cancel`,
      { reason: 'retry_after_timeout' },
      { 'x-idempotency-key': `cancel_booking_${newId()}` },
    )
    expect(again.status).toBe(200)
    expect({ ...again.body.data, serverTimeMs: 0 }).toEqual({ ...first.body.data, serverTimeMs: 0 })
  })

  it('answers 200 expired for a search that has run out', async () => {
    const { order, customer } = await withOrder({ dueIn: '-1 s' })
    const { status, body } = await customer.cancel(order.id, 'retry_after_timeout')
    expect([status, body.data.status, body.data.reasonCode]).toEqual([200, 'expired', 'NO_TRANSPORTER_ACCEPTANCE'])
  })

  it.each(['in_progress', 'completed'] as const)(
    'is refused with 409 when the order is %s, as the preview said',
    async (status) => {
      const { order, customer } = await withOrder({ status })
      expect((await customer.get(`/bookings/orders/${order.id}/cancel-preview`)).body.data.cancelDecision).toBe(
        'blocked_dispute_only',
      )
      const answer = await customer.cancel(order.id, 'x')
      expect([answer.status, answer.body.error.code]).toEqual([409, 'ORDER_NOT_CANCELLABLE'])
    },
  )

  it.each(['active', 'partially_filled', 'fully_filled', 'cancelled', 'expired'] as const)(
    'is allowed when the order is %s, as the preview said',
    async (status) => {
      const { order, customer } = await withOrder({ status })
      expect((await customer.get(`/bookings/orders/${order.id}/cancel-preview`)).body.data).toMatchObject({
        cancelDecision: 'allowed',
        policyStage: status,
        reasonRequired: false,
      })
      expect((await customer.cancel(order.id, 'x')).status).toBe(200)
    },
  )

  it('answers 400 to a reason that is too long or no text', async () => {
    const { order, customer } = await withOrder()
    expect((await customer.cancel(order.id, 'x'.repeat(501))).status).toBe(400)
    expect((await customer.post(`/orders/${order.id}/cancel`, { reason: 5 })).status).toBe(400)
    expect((await customer.cancel(order.id, '')).status).toBe(200)
  })
})

describe('somebody else’s order', () => {
  const routes = [
    ['GET', (id: string) => `/orders/${id}`],
    ['GET', (id: string) => `/orders/${id}/status`],
    ['GET', (id: string) => `/orders/${id}/cancel-preview`],
    ['POST', (id: string) => `/orders/${id}/cancel`],
    ['DELETE', (id: string) => `/orders/${id}/cancel`],
  ] as const

  it.each(
    routes.flatMap(([method, path]) =>
      ['', '/bookings'].map((base) => [method, (id: string) => base + path(id)] as const),
    ),
  )('%s answers the same 404 for it, an unknown and a malformed id', async (method, path) => {
    const { order } = await withOrder()
    const stranger = await asCustomer(service.url)
    const answers = []
    for (const id of [order.id, newId(), 'check-activ', '00000000', `${order.id}x`, '%00'])
      answers.push(await stranger.send(method, `/api/v1${path(id)}`, undefined, { 'x-request-id': 'same' }))
    expect(answers.map((a) => a.status)).toEqual(answers.map(() => 404))
    expect(new Set(answers.map((a) => a.text)).size).toBe(1)
    expect(await one(db.owner, 'select status from app.orders where id = $1', [order.id])).toEqual({ status: 'active' })
  })
})

describe('every answer', () => {
  it('carries the request id that was sent, or a new one, also in errors', async () => {
    const customer = await asCustomer(service.url)
    const sent = await customer.send('GET', '/api/v1/orders/check-active', undefined, { 'x-request-id': 'abc-1' })
    expect(sent.headers.get('x-request-id')).toBe('abc-1')
    const refused = await request(service.url, 'GET', '/api/v1/orders', undefined, {
      'x-request-id': 'no spaces allowed',
    })
    expect(refused.body.requestId).toBe(refused.headers.get('x-request-id'))
    expect(refused.body.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is a JSON envelope even where there is no route', async () => {
    const { status, body } = await request(service.url, 'GET', '/nothing')
    expect([status, body.success, body.error.code]).toEqual([404, false, 'NOT_FOUND'])
  })

  it('writes times in UTC with three decimals and a Z', async () => {
    const customer = await asCustomer(service.url)
    const { order } = (await customer.create(oneTruck)).body.data
    for (const field of ['createdAt', 'updatedAt', 'expiresAt'])
      expect(order[field]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })
})

describe('one instant', () => {
  it('check-active, status, list, detail and create agree about an order that is due', async () => {
    const customer = await asCustomer(service.url)
    const { id } = (await customer.create(oneTruck)).body.data.order
    await dueAt(db.owner, customer.id, id, '-1 ms')
    expect((await customer.get('/orders/check-active')).body.data.hasActiveOrder).toBe(false)
    expect((await customer.get(`/orders/${id}/status`)).body.data.status).toBe('expired')
    expect((await customer.get(`/orders/${id}`)).body.data.order.status).toBe('expired')
    expect((await customer.get('/orders')).body.data.orders.map((o) => o.status)).toEqual(['expired'])
    expect((await customer.create(oneTruck)).status).toBe(201)
    expect((await customer.get(`/orders/${id}/status`)).body.data.status).toBe('expired')
  })
})
