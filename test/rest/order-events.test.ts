import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { openStream } from '../support/listening.ts'
import { dueAt, make, newId } from '../support/make.ts'
import { range } from '../support/scale.ts'
import { asCustomer, asTransporter, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const service = await startService(db)

async function customerWithOrder(options: Parameters<typeof make.order>[1] = {}) {
  const order = await make.order(db.owner, options)
  const customer = await asCustomer(service.url, order.customer)
  const stream = (lastEventId?: string, path = '/orders') =>
    openStream(service.url, `${path}/${order.id}/events`, customer.token, lastEventId)
  return { order, customer, stream }
}

const eventIds = async (orderId: string) =>
  (
    await db.owner.query<{ id: string }>('select id from app.order_events where order_id = $1 order by id', [orderId])
  ).rows.map(({ id }) => id)
const idsOf = (events: { id: string | undefined }[]) => events.flatMap(({ id }) => id ?? [])

describe('GET /orders/:id/events', () => {
  it.each(['/orders', '/bookings/orders'])(
    '%s streams how the order stands and what happens, each row under its id',
    async (path) => {
      const { order, stream } = await customerWithOrder({ trucks: 1 })
      const { status, headers, events, state, hears, close } = await stream(undefined, path)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(headers.get('cache-control')).toContain('no-cache')
      await make.trip(db.owner, { order })
      await hears('truck_assigned')
      await hears('booking_fully_filled')
      await close()
      expect(state.text).toMatch(/^retry: \d+\n\n/)
      expect(idsOf(events)).toEqual(await eventIds(order.id))
      expect(events.map(({ name }) => name)).toContain('broadcast_state_changed')
    },
  )

  it('goes on after Last-Event-ID: nothing twice, nothing missed', async () => {
    const { order, stream } = await customerWithOrder({ trucks: 2 })
    const first = await stream()
    await first.hears('booking_updated')
    await first.close()
    for (const number of [1, 2]) await make.trip(db.owner, { order, number })
    const ids = await eventIds(order.id)
    const [lastSeen] = idsOf(first.events).slice(-1)
    const second = await stream(lastSeen)
    await second.hears('booking_fully_filled')
    await db.owner.query('select api.cancel_order($1, $2)', [order.customer, order.id])
    await second.ends()
    expect(idsOf(second.events)).toEqual((await eventIds(order.id)).filter((id) => Number(id) > Number(lastSeen)))
    expect(ids.length).toBeGreaterThan(3)
  })

  it('tells everything from the beginning after 0', async () => {
    const { order, stream } = await customerWithOrder({ status: 'partially_filled', trucks: 2 })
    const { events, hears, close } = await stream('0')
    await hears('trucks_remaining_update')
    await close()
    expect(idsOf(events)).toEqual(await eventIds(order.id))
  })

  it('tells the end of the search when no worker runs, and ends; asked again it is 204, so that the client stays away', async () => {
    const { order, stream } = await customerWithOrder()
    const { events, hears, ends } = await stream()
    await dueAt(db.owner, order.customer, order.id, '100 ms')
    await hears('order_expired')
    await ends()
    expect((await stream(idsOf(events).at(-1))).status).toBe(204)
  })

  it('tells a client that comes late the end of an order that is over, and then ends', async () => {
    const { stream } = await customerWithOrder({ status: 'cancelled' })
    const { events, ends } = await stream()
    await ends()
    expect(events.map(({ name }) => name)).toContain('order_cancelled')
  })

  it.each(['x', '-1', '1.5', '9'.repeat(30)])('refuses a Last-Event-ID of %s with 400', async (lastEventId) => {
    const { stream } = await customerWithOrder()
    expect((await stream(lastEventId)).status).toBe(400)
  })

  it('is 404 for somebody else’s order, an unknown and a malformed one, 401 without a token and 403 for a transporter', async () => {
    const { order } = await customerWithOrder()
    const stranger = await asCustomer(service.url)
    const statusOf = async (id: string, token: string) =>
      (await openStream(service.url, `/orders/${id}/events`, token)).status
    for (const id of [order.id, newId(), 'x']) expect(await statusOf(id, stranger.token)).toBe(404)
    expect(await statusOf(order.id, 'x')).toBe(401)
    expect(await statusOf(order.id, (await asTransporter(service.url)).token)).toBe(403)
  })

  it('is 429 in the twenty-first place at once, and granted again when one is closed', async () => {
    const { stream } = await customerWithOrder()
    const open = await Promise.all(range(20).map(() => stream()))
    expect(open.map(({ status }) => status)).toEqual(range(20).map(() => 200))
    const refused = await stream()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    await open[0]?.close()
    await until(async () => {
      const again = await stream()
      return again.status === 200
    }, 'there is room again')
    await Promise.all(open.map(({ close }) => close()))
  })

  it('writes nothing when it is opened', async () => {
    const { order, stream } = await customerWithOrder()
    const xmin = () => one(db.owner, 'select xmin::text from app.orders where id = $1', [order.id])
    const before = await xmin()
    const { hears, close } = await stream()
    await hears('booking_updated')
    await close()
    expect(await xmin()).toEqual(before)
  })
})
