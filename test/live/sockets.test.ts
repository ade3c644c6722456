import { describe, expect, it } from 'vitest'
import { signToken } from '../../src/token.ts'
import { copyDatabase } from '../support/database.ts'
import { type Phone, phoneOf } from '../support/listening.ts'
import { dueAt, make, newId } from '../support/make.ts'
import { testSecret } from '../support/secret.ts'
import { asCustomer, asTransporter, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const service = await startService(db)

async function customerWithOrder(options: Parameters<typeof make.order>[1] = {}) {
  const order = await make.order(db.owner, options)
  const customer = await asCustomer(service.url, order.customer)
  return { order, customer, phone: await phoneOf(service.url, customer.token) }
}

const accept = (order: Awaited<ReturnType<typeof make.order>>, number: number) => make.trip(db.owner, { order, number })
const names = (phone: Phone) => [...new Set(phone.heard.map(({ name }) => name))].sort()

describe('a phone that connects', () => {
  const tokenOf = (role: string, lifetime: string, secret = testSecret) =>
    signToken(secret, { userId: newId(), phone: '9876543210', role }, lifetime)

  it.each([
    ['no token', async () => undefined],
    ['no text as its token', async () => ({})],
    ['a forged token', () => tokenOf('customer', '1 hour', 'x'.repeat(40))],
    ['a token at its end', () => tokenOf('customer', '-1 s')],
  ])('with %s is refused, and told to sign in', async (_, token) => {
    const refused = phoneOf(service.url, (await token()) as string)
    await expect(refused).rejects.toMatchObject({ message: /sign in/, data: { code: 'UNAUTHORIZED' } })
  })

  it('with a transporter’s token is refused', async () => {
    const { token } = await asTransporter(service.url)
    await expect(phoneOf(service.url, token)).rejects.toMatchObject({ data: { code: 'FORBIDDEN' } })
  })

  it.each([['polling'], ['websocket']])('by %s is let in, and gets a pong for its ping', async (transport) => {
    const { token } = await asCustomer(service.url)
    const phone = await phoneOf(service.url, token, { transports: [transport] })
    await phone.isUpToDate()
    expect(phone.named('pong')).toMatchObject([{ arguments: 0 }])
  })

  it('is dropped when its token has come to its end', async () => {
    const quick = await startService(db, 2, { pingInterval: 100, pingTimeout: 2_000, streamMs: 1_000 })
    const phone = await phoneOf(quick.url, await tokenOf('customer', '2 s'), { reconnection: false })
    await until(async () => !phone.socket.connected, 'the phone is dropped')
  })
})

describe('a phone that joins', () => {
  it('is told how its order stands, and then what happens', async () => {
    const { order, phone } = await customerWithOrder({ trucks: 2 })
    phone.join(order.id)
    expect((await phone.hears('broadcast_state_changed')).data).toMatchObject({ orderId: order.id, status: 'active' })
    await accept(order, 1)
    expect((await phone.hears('truck_assigned')).data).toMatchObject({ bookingId: order.id })
    expect((await phone.hears('trucks_remaining_update')).data).toMatchObject({ trucksNeeded: 2, trucksFilled: 1 })
    expect(phone.named('booking_fully_filled')).toEqual([])
    await accept(order, 2)
    expect((await phone.hears('booking_fully_filled')).data).toMatchObject({ orderId: order.id })
  })

  it('an order that has ended meanwhile is told its end: the news that it missed', async () => {
    const cancelled = await customerWithOrder({ status: 'cancelled' })
    cancelled.phone.join(cancelled.order.id)
    await cancelled.phone.hears('order_cancelled')
    const expired = await customerWithOrder({ status: 'expired' })
    expired.phone.join(expired.order.id)
    expect((await expired.phone.hears('order_expired')).data).toMatchObject({
      status: 'expired',
      reasonCode: 'NO_TRANSPORTER_ACCEPTANCE',
    })
  })

  it('somebody else’s order, an unknown one or what is no id is told so, and hears nothing', async () => {
    const stranger = await customerWithOrder()
    const { phone } = await customerWithOrder()
    for (const id of [stranger.order.id, newId(), 'x', { id: stranger.order.id }, null, ['a']]) {
      const before = phone.named('error').length
      phone.join(id)
      await until(async () => phone.named('error').length > before, 'the phone is told of its mistake')
      expect(phone.named('error').at(-1)?.data).toMatchObject({ code: 'ORDER_NOT_FOUND', message: expect.any(String) })
    }
    stranger.phone.join(stranger.order.id)
    await accept(stranger.order, 1)
    await accept(stranger.order, 2)
    await stranger.phone.hears('booking_fully_filled')
    expect(names(phone)).toEqual(['error'])
  })

  it('more orders than the app ever would is told so', async () => {
    const { customer, phone } = await customerWithOrder({ status: 'fully_filled' })
    for (let i = 0; i < 20; i++)
      phone.join((await make.order(db.owner, { customer: customer.id, status: 'fully_filled' })).id)
    expect((await phone.hears('error')).data).toMatchObject({ code: 'TOO_MANY_ORDERS' })
  })

  it('after it has left hears nothing more but that every truck was found', async () => {
    const { order, phone } = await customerWithOrder({ trucks: 2 })
    phone.join(order.id)
    await phone.hears('booking_updated')
    phone.leave(order.id)
    await phone.isUpToDate()
    phone.heard.length = 0
    await accept(order, 1)
    await accept(order, 2)
    await phone.hears('booking_fully_filled')
    expect(names(phone)).toEqual(['booking_fully_filled'])
  })
})

describe('a phone that has joined nothing', () => {
  it('hears that every truck was found, for an order that was there when it connected', async () => {
    const { order, phone } = await customerWithOrder({ trucks: 1 })
    await accept(order, 1)
    expect((await phone.hears('booking_fully_filled')).data).toMatchObject({ orderId: order.id })
    expect(names(phone)).toEqual(['booking_fully_filled'])
  })

  it('hears it too for an order that another phone placed since, however quickly it was filled', async () => {
    const customer = await asCustomer(service.url)
    const phone = await phoneOf(service.url, customer.token)
    const order = await make.order(db.owner, { customer: customer.id, trucks: 1 })
    await accept(order, 1)
    expect((await phone.hears('booking_fully_filled')).data).toMatchObject({ orderId: order.id })
  })

  it('does not hear of orders that were filled before it connected', async () => {
    const { order, customer } = await customerWithOrder({ trucks: 1 })
    await accept(order, 1)
    const late = await phoneOf(service.url, customer.token)
    const next = await make.order(db.owner, { customer: customer.id, trucks: 1 })
    await accept(next, 1)
    await late.hears('booking_fully_filled')
    expect(late.named('booking_fully_filled').map(({ data }) => data.orderId)).toEqual([next.id])
  })
})

describe('an event', () => {
  it('is one object, with both names of the order and nothing that is null, whatever happens to an order', async () => {
    const phones: Phone[] = []
    const joined = async (trucks: number) => {
      const { order, phone } = await customerWithOrder({ trucks })
      phones.push(phone)
      phone.join(order.id)
      await phone.hears('booking_updated')
      return { order, phone }
    }
    const done = await joined(2)
    const [first, second] = [await accept(done.order, 1), await accept(done.order, 2)]
    await db.owner.query("select api.withdraw_trip($1, 'flat tyre')", [second.id])
    const third = await accept(done.order, 2)
    for (const { id } of [first, third]) {
      await db.owner.query('select api.start_trip($1)', [id])
      await db.owner.query("select api.complete_trip($1, 'there')", [id])
    }
    const [cancelled, silently, expired, settled] = [await joined(1), await joined(1), await joined(1), await joined(2)]
    await db.owner.query("select api.cancel_order($1, $2, 'too long')", [cancelled.order.customer, cancelled.order.id])
    await db.owner.query('select api.cancel_order($1, $2)', [silently.order.customer, silently.order.id])
    await accept(settled.order, 1)
    for (const { order } of [expired, settled]) await dueAt(db.owner, order.customer, order.id, '-1 s')

    await expired.phone.hears('order_expired')
    await settled.phone.hears('booking_fully_filled')
    await cancelled.phone.hears('order_cancelled')
    await silently.phone.hears('order_cancelled')
    await until(
      async () => done.phone.named('booking_updated').some(({ data }) => data.status === 'completed'),
      'the phone hears that the order is completed',
    )

    expect(settled.phone.named('trucks_remaining_update').at(-1)?.data).toMatchObject({
      trucksNeeded: 1,
      trucksFilled: 1,
    })
    expect(settled.phone.named('order_expired')).toEqual([])
    expect(cancelled.phone.named('order_cancelled')[0]?.data).toMatchObject({ reason: 'too long' })
    expect(silently.phone.named('order_cancelled')[0]?.data).not.toHaveProperty('reason')
    expect(done.phone.named('assignment_status_changed').map(({ data }) => data.status)).toEqual([
      'withdrawn',
      'in_transit',
      'completed',
      'in_transit',
      'completed',
    ])
    const events = phones.flatMap(({ heard }) => heard)
    expect(new Set(events.map(({ name }) => name))).toEqual(
      new Set([
        ...['order_expired', 'order_cancelled', 'broadcast_state_changed', 'trucks_remaining_update'],
        ...['booking_fully_filled', 'booking_updated', 'truck_assigned', 'assignment_status_changed'],
      ]),
    )
    for (const { data, ...event } of events) {
      expect(event.arguments).toBe(1)
      expect(data.bookingId).toBe(data.orderId)
      expect(JSON.stringify(data)).not.toContain('null')
    }
  })
})
