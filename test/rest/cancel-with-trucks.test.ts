import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { rowsOfOrder } from '../support/rows-of-order.ts'
import { asCustomer, asTransporter, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)

/** An order of two trucks, as many of which are promised as asked for. */
async function withTrucks(promised = 2) {
  const order = await make.order(db.owner, { trucks: 2 })
  const transporter = await asTransporter(service.url)
  const trips: Awaited<ReturnType<typeof make.trip>>[] = []
  for (let number = 1; number <= promised; number++)
    trips.push(await make.trip(db.owner, { order, number, transporter: transporter.id }))
  return { order, trips, transporter, customer: await asCustomer(service.url, order.customer) }
}
type WithTrucks = Awaited<ReturnType<typeof withTrucks>>

const previewOf = async ({ customer, order }: WithTrucks) =>
  (await customer.get(`/bookings/orders/${order.id}/cancel-preview`)).body.data.cancelDecision
const rowsOf = ({ order }: WithTrucks) => rowsOfOrder(db.owner, order.id)

/** Tries to promise the vehicles and drivers of an order to others. */
async function offerAgain({ trips, transporter }: WithTrucks) {
  const answers = []
  for (const { vehicle, phone } of trips) {
    const other = await make.order(db.owner, { trucks: 1 })
    answers.push(await transporter.accept(`${other.id}.1`, { vehicle, driver: 'Ravi', phone }))
  }
  return answers.map(({ status, body }) => [status, body.error?.rule])
}

describe.each([1, 2])('cancelling an order with %i of its 2 trucks', (promised) => {
  it('is allowed until a trip has started, as the preview says, and frees vehicles and drivers', async () => {
    const asked = await withTrucks(promised)
    expect(await previewOf(asked)).toBe('allowed')
    const { status, body } = await asked.customer.cancel(asked.order.id, 'Change of plans')
    expect([status, body.data.status]).toEqual([200, 'cancelled'])
    const { rows } = await db.owner.query('select status, end_reason from app.trips where order_id = $1', [
      asked.order.id,
    ])
    expect(rows).toEqual(asked.trips.map(() => ({ status: 'cancelled', end_reason: 'Change of plans' })))
    expect(await offerAgain(asked)).toEqual(asked.trips.map(() => [200, undefined]))
  })

  it('is refused to a phone that only tries again after a time-out, and no driver loses the job', async () => {
    const asked = await withTrucks(promised)
    const before = await rowsOf(asked)
    for (const base of ['/orders', '/bookings/orders']) {
      const { status, body } = await asked.customer.post(`${base}/${asked.order.id}/cancel`, {
        reason: ' retry_after_timeout',
      })
      expect([status, body.error.code, body.error.rule]).toEqual([409, 'TRUCK_ASSIGNED', 'no_truck_is_assigned'])
    }
    expect(await rowsOf(asked)).toEqual(before)
    expect(await offerAgain(asked)).toEqual(asked.trips.map(() => [409, 'one_live_trip_per_vehicle']))
  })
})

describe('trying again after a time-out', () => {
  it('cancels a search without trucks, as any other reason does', async () => {
    const { customer, order } = await withTrucks(0)
    const { status, body } = await customer.cancel(order.id, 'retry_after_timeout')
    expect([status, body.data]).toMatchObject([200, { status: 'cancelled', reason: 'retry_after_timeout' }])
  })

  it('is answered 200 for an order that is over already, with the trucks it once had', async () => {
    const { customer, order } = await withTrucks()
    await customer.cancel(order.id, 'Change of plans')
    const { status, body } = await customer.cancel(order.id, 'retry_after_timeout')
    expect([status, body.data]).toMatchObject([200, { status: 'cancelled', reason: 'Change of plans' }])
  })

  it('cancels a search that lost its only truck', async () => {
    const { customer, order, trips, transporter } = await withTrucks(1)
    await transporter.withdraw(trips[0]?.id ?? '')
    expect((await customer.cancel(order.id, 'retry_after_timeout')).body.data.status).toBe('cancelled')
  })
})

describe('once a trip has started', () => {
  async function started() {
    const asked = await withTrucks()
    await asked.transporter.start(asked.trips[0]?.id ?? '')
    return asked
  }

  it('a cancel is refused, as the preview says: it is a matter for our support', async () => {
    const asked = await started()
    expect(await previewOf(asked)).toBe('blocked_dispute_only')
    const before = await rowsOf(asked)
    const { status, body } = await asked.customer.cancel(asked.order.id, 'Change of plans')
    expect([status, body.error.rule]).toEqual([409, 'order_is_cancellable'])
    expect(await rowsOf(asked)).toEqual(before)
  })
})

describe.each(['/bookings/orders', '/orders'])('POST %s/:id/cancel/dispute', (base) => {
  const disputesOf = (orderId: string) =>
    one(
      db.owner,
      'select count(*)::integer as disputes, min(id::text) as id, min(reason_code) as reason, min(notes) as notes from app.disputes where order_id = $1',
      [orderId],
    )

  it('records what the customer says for admins; asked twice it is one dispute, and the order stays as it is', async () => {
    const asked = await withTrucks()
    await asked.transporter.start(asked.trips[0]?.id ?? '')
    const before = await rowsOf(asked)
    const dispute = (body?: unknown) => asked.customer.post(`${base}/${asked.order.id}/cancel/dispute`, body)
    const first = await dispute({ reasonCode: 'customer_request', notes: 'Wrong address' })
    expect(first.status).toBe(200)
    expect((await dispute({ reasonCode: 'customer_request', notes: 'Wrong address' })).text).toBe(first.text)
    const { disputeId } = first.body.data
    const recorded = { disputes: 1, id: disputeId, reason: 'customer_request' }
    expect(await disputesOf(asked.order.id)).toEqual({ ...recorded, notes: 'Wrong address' })
    expect((await dispute({ notes: 'Please ring me' })).body.data.disputeId).toBe(disputeId)
    expect(await disputesOf(asked.order.id)).toEqual({ ...recorded, notes: 'Wrong address\nPlease ring me' })
    expect(await rowsOf(asked)).toEqual(before)
    expect(await one(db.owner, 'select id from api.disputes where order_id = $1', [asked.order.id])).toEqual({
      id: disputeId,
    })
  })

  it.each([
    ['no body', undefined],
    ['an empty object', {}],
    ['nulls', { reasonCode: null, notes: null }],
    ['no notes', { notes: '' }],
  ])('needs no words: %s', async (_, body) => {
    const { customer, order } = await withTrucks()
    expect((await customer.post(`${base}/${order.id}/cancel/dispute`, body)).status).toBe(200)
    expect(await disputesOf(order.id)).toMatchObject({ disputes: 1, reason: 'customer_request', notes: '' })
  })

  it('takes notes of 500 and a code of 100 characters', async () => {
    const { customer, order } = await withTrucks()
    const body = { reasonCode: 'é'.repeat(100), notes: '\u{1f69a}'.repeat(500) }
    expect((await customer.post(`${base}/${order.id}/cancel/dispute`, body)).status).toBe(200)
    expect(await disputesOf(order.id)).toMatchObject({ reason: body.reasonCode, notes: body.notes })
  })

  it.each([
    ['reasonCode', { reasonCode: '' }],
    ['reasonCode', { reasonCode: 'x'.repeat(101) }],
    ['reasonCode', { reasonCode: 5 }],
    ['notes', { notes: 'x'.repeat(501) }],
    ['notes', { notes: ['x'] }],
    ['notes', { notes: 'a\0b' }],
  ])('answers 400 that names %s, and records nothing', async (path, body) => {
    const { customer, order } = await withTrucks()
    const refused = await customer.post(`${base}/${order.id}/cancel/dispute`, body)
    expect([refused.status, refused.body.error.rule]).toEqual([400, 'request_is_valid'])
    expect(refused.body.error.data.fields.map((field) => field.path)).toContain(path)
    expect(await disputesOf(order.id)).toMatchObject({ disputes: 0 })
  })

  it('answers also when words are added for ever, and keeps those that there was room for', async () => {
    const { customer, order } = await withTrucks()
    const answers = []
    for (const letter of 'abcd')
      answers.push(await customer.post(`${base}/${order.id}/cancel/dispute`, { notes: letter.repeat(500) }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect((await disputesOf(order.id)).notes).toBe(['a', 'b', 'c'].map((letter) => letter.repeat(500)).join('\n'))
  })

  it('answers the same 404 for somebody else’s, an unknown and a malformed order, and records nothing', async () => {
    const { order } = await withTrucks()
    const stranger = await asCustomer(service.url)
    const answers = []
    for (const id of [order.id, newId(), '00000000', `${order.id}x`, '%00'])
      answers.push(await stranger.post(`${base}/${id}/cancel/dispute`, undefined, { 'x-request-id': 'same' }))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await disputesOf(order.id)).toMatchObject({ disputes: 0 })
  })

  it('logs none of the words', async () => {
    const { customer, order } = await withTrucks()
    const from = service.lines.length
    await customer.post(`${base}/${order.id}/cancel/dispute`, { notes: 'Private words' })
    await customer.post(`${base}/${order.id}/cancel/dispute`, { notes: 'Private words'.repeat(50) })
    expect(service.lines.slice(from).map((line) => line.route)).toEqual(
      Array(2).fill(`/api/v1${base}/:orderId/cancel/dispute`),
    )
    expect(JSON.stringify(service.lines.slice(from))).not.toMatch(/Private|9876543210/)
  })
})
