import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { MOST_STRANGERS } from '../../src/live/sockets.ts'
import { signToken } from '../../src/token.ts'
import { copyDatabase } from '../support/database.ts'
import { type Phone, phoneOf } from '../support/listening.ts'
import { dueAt, make, newId } from '../support/make.ts'
import { crowd, range, tally } from '../support/scale.ts'
import { testSecret } from '../support/secret.ts'
import { asCustomer, asTransporter, request, startService } from '../support/service.ts'
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

  it('an order that is filled is told that, and not how it came to be', async () => {
    const { order, phone } = await customerWithOrder({ trucks: 2 })
    for (const number of [1, 2]) await accept(order, number)
    phone.join(order.id)
    await phone.hears('broadcast_state_changed')
    await phone.hears('truck_assigned')
    expect(phone.named('broadcast_state_changed').map(({ data }) => data.status)).toEqual(['fully_filled'])
    expect(phone.named('truck_assigned')).toHaveLength(1)
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

  it('more orders than the app ever would is told so; one that it leaves makes room', async () => {
    const { order, customer, phone } = await customerWithOrder({ status: 'fully_filled' })
    phone.join(order.id)
    for (const _ of range(20))
      phone.join((await make.order(db.owner, { customer: customer.id, status: 'fully_filled' })).id)
    expect((await phone.hears('error')).data).toMatchObject({ code: 'TOO_MANY_ORDERS' })
    const last = await make.order(db.owner, { customer: customer.id, trucks: 1 })
    phone.leave(order.id)
    phone.join(last.id)
    await until(async () => phone.heard.some(({ data }) => data?.orderId === last.id), 'the phone hears its new order')
    expect(phone.named('error')).toHaveLength(1)
  })

  it('one order after another, as it does all day, never runs out of places', async () => {
    const { customer, phone } = await customerWithOrder({ status: 'fully_filled' })
    const orders = []
    for (const _ of range(22))
      orders.push(await make.order(db.owner, { customer: customer.id, status: 'fully_filled' }))
    for (const { id } of orders.slice(0, -1)) {
      phone.join(id)
      phone.leave(id)
    }
    const last = orders.at(-1)?.id
    phone.join(last)
    await until(
      async () => phone.named('booking_updated').some(({ data }) => data.orderId === last),
      'the phone hears the last of them',
    )
    expect(phone.named('error')).toEqual([])
    expect(service.listening().subscriptions).toBeLessThan(100)
  })

  it('and leaves in the same breath has left', async () => {
    const { order, phone } = await customerWithOrder({ trucks: 2 })
    phone.join(order.id)
    phone.leave(order.id)
    await phone.isUpToDate()
    for (const number of [1, 2]) await accept(order, number)
    await phone.hears('booking_fully_filled')
    expect(names(phone)).toEqual(['booking_fully_filled', 'pong'])
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

describe('a phone that sends what the app never would', () => {
  const junk: unknown[] = [{ toString: 1 }, { toString: null, valueOf: null }, null, 7, [], ['x'], '', Buffer.from('x')]

  it('changes nothing for itself or others, whatever it sends', async () => {
    const { order, phone } = await customerWithOrder({ trucks: 1 })
    phone.join(order.id)
    await phone.hears('booking_updated')
    for (const event of ['leave_booking', 'join_booking', 'ping', 'unheard_of']) {
      for (const value of junk) phone.socket.emit(event, value)
      phone.socket.emit(event)
    }
    await phone.isUpToDate()
    await accept(order, 1)
    await phone.hears('truck_assigned')
  })

  it('is sent away when it floods, and nobody else waits for it', async () => {
    const { order, phone } = await customerWithOrder()
    const other = await asCustomer(service.url)
    const closed = new Promise((resolve) => phone.socket.once('disconnect', resolve))
    phone.socket.io.reconnection(false)
    for (const _ of range(10_000)) phone.join(order.id)
    const [reason, answer] = await Promise.all([closed, other.get('/orders/check-active')])
    expect(reason).toBe('transport close')
    expect(answer.status).toBe(200)
  })

  it('in too many places at once is told so', async () => {
    const { token } = await asCustomer(service.url)
    const phones: Phone[] = []
    for (const _ of range(20)) phones.push(await phoneOf(service.url, token))
    await expect(phoneOf(service.url, token)).rejects.toMatchObject({ data: { code: 'TOO_MANY_LISTENERS' } })
    phones[0]?.socket.disconnect()
    await until(async () => {
      const again = await phoneOf(service.url, token, { reconnection: false }).catch(() => undefined)
      return again !== undefined
    }, 'there is room for another')
  })
})

describe('a phone that goes', () => {
  it.each(['by a farewell', 'cut off', 'in the middle of a join'])('%s is forgotten whole', async (how) => {
    const own = await startService(db)
    const nobody = { phones: 0, watched: 0, admitted: 0, subscriptions: 0 }
    expect(own.listening()).toEqual(nobody)
    const order = await make.order(db.owner, { status: 'fully_filled' })
    const { token } = await asCustomer(own.url, order.customer)
    const phone = await phoneOf(own.url, token, { reconnection: false })
    const holder = await db.owner.connect()
    if (how === 'in the middle of a join') {
      await holder.query('begin; lock table app.orders in access exclusive mode')
      phone.join(order.id)
      await until(
        async () =>
          (await holder.query("select from pg_locks where not granted and relation = 'app.orders'::regclass"))
            .rowCount !== 0,
        'the join waits',
      )
    } else {
      phone.join(order.id)
      await phone.hears('booking_fully_filled')
    }
    if (how === 'cut off') phone.socket.io.engine.close()
    else phone.socket.disconnect()
    await until(async () => own.listening().phones === 0, 'the phone has gone')
    await holder.query('rollback')
    holder.release()
    await until(
      async () =>
        (
          await db.owner.query(
            "select from pg_stat_activity where datname = current_database() and usename = 'weelo_rest' and state = 'active' and query like '%joined_order%'",
          )
        ).rowCount === 0,
      'the join has been answered',
    )
    await (await asCustomer(own.url)).get('/orders/check-active') // and read
    await until(async () => isDeepStrictEqual(own.listening(), nobody), 'nothing is left of it')
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

  it('hears it also for an older order that searches again after one of its trucks withdrew', async () => {
    const older = await make.order(db.owner, { trucks: 1 })
    const trip = await accept(older, 1)
    const newer = await make.order(db.owner, { customer: older.customer })
    await db.owner.query('select api.cancel_order($1, $2)', [newer.customer, newer.id])
    const phone = await phoneOf(service.url, (await asCustomer(service.url, older.customer)).token)
    await db.owner.query("select api.withdraw_trip($1, 'flat tyre')", [trip.id])
    await until(async () => service.listening().subscriptions > 0, 'the phone listens to it')
    await accept(older, 1)
    expect((await phone.hears('booking_fully_filled')).data).toMatchObject({ orderId: older.id })
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
    const log = JSON.stringify(service.lines)
    expect(log).toContain('a phone connected')
    for (const secret of ['9876543210', 'Delhi', 'Jaipur', 'Ravi', first.phone, first.vehicle, 'flat tyre', 'eyJ'])
      expect(log).not.toContain(secret)
    for (const { data, ...event } of events) {
      expect(event.arguments).toBe(1)
      expect(data.bookingId).toBe(data.orderId)
      expect(JSON.stringify(data)).not.toContain('null')
    }
  })
})

it('sockets without a token are at most 2,000, and those that have shown one stay', async () => {
  const own = await startService(db)
  const order = await make.order(db.owner)
  const customer = await asCustomer(own.url, order.customer)
  const phone = await phoneOf(own.url, customer.token)
  const knock = async () => (await request(own.url, 'GET', '/socket.io/?EIO=4&transport=polling')).status
  const statuses = tally(await crowd(range(MOST_STRANGERS + 50), 50, knock))
  expect(statuses).toEqual({ 200: MOST_STRANGERS, 403: 50 })
  phone.join(order.id)
  await phone.hears('booking_updated')
  expect((await customer.get('/orders/check-active')).status).toBe(200)
})
