// The customer app's search dialog and the screens after it, against two real server processes on one database, with no
// worker at all: what a phone hears at the end of a search, it hears by the clock.

import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { emptyDatabase } from '../support/empty-database.ts'
import { phoneOf } from '../support/listening.ts'
import { newTruck } from '../support/make.ts'
import { type Program, startProgram } from '../support/program.ts'
import { searchDialog } from '../support/search-dialog.ts'
import { asCustomer, asTransporter, type Body, example, oneTruck } from '../support/service.ts'
import { until } from '../support/until.ts'

const databaseUrl = await emptyDatabase()
let here: Program
let there: Program

beforeAll(async () => {
  here = await startProgram({ DATABASE_URL: databaseUrl, ROLE: 'api' })
  there = await startProgram({ DATABASE_URL: databaseUrl, ROLE: 'api' })
  await ask('update app.settings set creates_per_minute = 1000')
})

async function ask(sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(sql, values)
  await client.end()
}
const searchFor = (window: string) => ask('update app.settings set search_window = $1', [window])

/** A customer whose requests go to one process and whose socket to the other. */
async function openDialog() {
  const customer = await asCustomer(here.url)
  return { customer, dialog: searchDialog(there.url, customer) }
}

/** One that stays in the room, where the dialog's own countdown has left it. */
async function joined(token: string, orderId: string) {
  const phone = await phoneOf(there.url, token)
  phone.join(orderId)
  await phone.hears('booking_updated')
  return phone
}

const tripOf = (body: Body) => (body.data.trip as { tripId: string }).tripId

describe('the search dialog', () => {
  beforeAll(() => searchFor('60 s'))

  it('search, filled: trucks are counted as they are found, and the tracking screen knows them', async () => {
    const { customer, dialog } = await openDialog()
    await dialog.confirm(example('create-six-trucks-three-types'))
    await dialog.shows('searching')
    const transporter = await asTransporter(here.url)
    const open = await transporter.get('/orders/active?vehicleType=TRAILER&vehicleSubtype=42%2BTon')
    expect(open.body.data.truckRequests).toMatchObject([{ vehicleType: 'trailer', vehicleSubtype: '42+ Ton' }])
    const trips: string[] = []
    for (let number = 1; number <= 6; number++) {
      const { status, body } = await transporter.accept(`${dialog.orderId()}.${number}`)
      expect(status).toBe(200)
      trips.push(tripOf(body))
      if (number === 3) await until(async () => dialog.subtitle() === 'Found 3/6', 'the dialog counts')
    }
    await dialog.shows('assigned')
    expect(dialog.seen).toEqual(['searching', 'assigned'])

    // Trucks Assigned: the status keeps isActive, check-active does not.
    expect((await customer.get(`/orders/${dialog.orderId()}/status`)).body.data.isActive).toBe(true)
    expect((await customer.get('/orders/check-active')).body.data.hasActiveOrder).toBe(false)
    const { body } = await customer.get(`/bookings/${dialog.orderId()}/trucks`)
    expect((body.data.trucks as { tripId: string; status: string }[]).map(({ tripId }) => tripId)).toEqual(trips)
    for (const trip of trips) await transporter.start(trip)
    for (const trip of trips) await transporter.complete(trip)
    await until(
      async () =>
        dialog
          .phone()
          .named('booking_updated')
          .some(({ data }) => data.status === 'completed'),
      'the phone hears that all trucks have arrived',
    )
    const trucks = (await customer.get(`/bookings/${dialog.orderId()}/trucks`)).body.data.trucks as { status: string }[]
    expect(trucks.map(({ status }) => status)).toEqual(Array(6).fill('completed'))
  })

  it('search, cancelled: and the next search begins at once', async () => {
    const { customer, dialog } = await openDialog()
    await dialog.confirm(oneTruck)
    const first = dialog.orderId()
    await dialog.cancel('Price too high')
    await dialog.shows('cancelled')
    expect((await customer.get(`/orders/${first}/status`)).body.data.status).toBe('cancelled')
    await dialog.retry(oneTruck)
    await dialog.shows('searching')
    expect(dialog.orderId()).not.toBe(first)
  })

  it('a cancel after a truck was found frees it; once a trip has started the dialog says to contact support', async () => {
    const { dialog } = await openDialog()
    const transporter = await asTransporter(there.url)
    const truck = newTruck()
    await dialog.confirm(oneTruck)
    await transporter.accept(`${dialog.orderId()}.1`, truck)
    await dialog.shows('assigned')
    await dialog.cancel('Change of plans')
    await dialog.shows('cancelled')

    const next = await openDialog()
    await next.dialog.confirm(oneTruck)
    const { status, body } = await transporter.accept(`${next.dialog.orderId()}.1`, truck)
    expect(status).toBe(200)
    await transporter.start(tripOf(body))
    await next.dialog.cancel('Change of plans')
    await next.dialog.shows('contact support')
    const dispute = { reasonCode: 'customer_request', notes: 'Please let me out' }
    const answer = await next.customer.post(`/bookings/orders/${next.dialog.orderId()}/cancel/dispute`, dispute)
    expect(answer.body.data.disputeId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('reconnect in the middle: what happened meanwhile is told when the phone is back', async () => {
    const { dialog } = await openDialog()
    await dialog.confirm(oneTruck)
    const { socket } = dialog.phone()
    socket.io.reconnection(false)
    socket.io.engine.close() // an upgrade under way is awaited first
    await until(async () => !socket.connected, 'the phone is off the line')
    expect((await (await asTransporter(here.url)).accept(`${dialog.orderId()}.1`)).status).toBe(200)
    expect(dialog.seen).toEqual(['searching'])
    socket.connect()
    await dialog.shows('assigned')
  })

  it('two phones on one order, at two processes: both hear, and what one cancels the other shows', async () => {
    const { customer, dialog } = await openDialog()
    const other = searchDialog(here.url, customer)
    await dialog.confirm(example('create-six-trucks-three-types'))
    await other.confirm(oneTruck) // resumes the same order
    expect(other.orderId()).toBe(dialog.orderId())
    await (await asTransporter(here.url)).accept(`${dialog.orderId()}.1`)
    for (const each of [dialog, other]) await until(async () => each.subtitle() === 'Found 1/6', 'both phones count')
    await other.cancel('Found another transporter')
    await dialog.shows('cancelled')
    expect(dialog.phone().named('order_cancelled')[0]?.data.reason).toBe('Found another transporter')
  })
})

describe('the search dialog, with a search of two seconds', () => {
  beforeAll(() => searchFor('2 s'))

  it('search, timeout, retry: the end is told, nothing is in the way, and a new search begins', async () => {
    const { customer, dialog } = await openDialog()
    await dialog.confirm(oneTruck)
    const first = dialog.orderId()
    const listener = await joined(customer.token, first)
    await dialog.shows('timeout')
    await listener.hears('order_expired')
    const { status, body } = await dialog.retry(oneTruck)
    expect([status, body.data.status]).toEqual([200, 'expired'])
    await dialog.shows('searching')
    expect(dialog.orderId()).not.toBe(first)
    expect(dialog.seen).toEqual(['searching', 'timeout', 'searching'])
  })

  it('a search that found some of its trucks settles for them, never says that it expired, and opens tracking even from the time-out', async () => {
    const { customer, dialog } = await openDialog()
    await dialog.confirm(example('create-six-trucks-three-types'))
    const listener = await joined(customer.token, dialog.orderId())
    await (await asTransporter(here.url)).accept(`${dialog.orderId()}.2`)
    await dialog.shows('assigned')
    await dialog.phone().hears('booking_fully_filled')
    await listener.hears('booking_fully_filled')
    expect(listener.named('trucks_remaining_update').at(-1)?.data).toMatchObject({ trucksNeeded: 1, trucksFilled: 1 })
    for (const { named } of [listener, dialog.phone()]) expect(named('order_expired')).toEqual([])
  })

  it('a phone that missed the news and retries does not take the driver’s job away', async () => {
    const { customer, dialog } = await openDialog()
    await dialog.confirm(oneTruck)
    const first = dialog.orderId()
    dialog.phone().socket.disconnect() // without a socket the dialog shows its own time-out
    await (await asTransporter(here.url)).accept(`${first}.1`)
    await dialog.shows('timeout')
    const { status, body } = await dialog.retry(oneTruck)
    expect([status, body.error.code]).toEqual([409, expect.any(String)])
    expect((await customer.get(`/orders/${first}/status`)).body.data.status).toBe('fully_filled')
    await dialog.shows('searching') // the new order, beside the filled one
    expect(dialog.orderId()).not.toBe(first)
  })
})
