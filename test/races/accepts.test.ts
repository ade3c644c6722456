// Accepts that meet each other, a cancel, the clock, a sweep, a withdraw and a create, again and again; whoever wins, the
// orders are whole afterwards.
import type pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { dueAt, make, newTruck } from '../support/make.ts'
import { range, scaled, tally } from '../support/scale.ts'
import { accept, cancel, cancelSearch, close, complete, create, start, sweep, withdraw } from './calls.ts'
import { deadlocks } from './deadlocks.ts'
import { connect, duel, leadOf, search } from './duel.ts'
import { type Call, type Outcome, outcomeOf } from './rivals.ts'
import { flawsIn } from './whole-order.ts'

const TRANSPORTERS = 50
const rounds = scaled({ full: 400, small: 30 })

const db = await copyDatabase(TRANSPORTERS + 10)
await db.owner.query('update app.settings set creates_per_minute = 1000000')
const sessions = await connect(db, TRANSPORTERS)
const session = (i: number) => sessions[i] as pg.PoolClient
const said = ({ row, rule }: Outcome): string => rule ?? String(row?.status ?? row?.closed)
const statusOf = async ({ customer, id }: { customer: string; id: string }) =>
  (
    await one<{ status: string }>(db.owner, 'select status from app.orders where customer_id = $1 and id = $2', [
      customer,
      id,
    ])
  ).status

/** At least so many rounds, and on until each outcome has been seen; nothing else may be. */
async function race(outcomes: string[], round: (i: number) => Promise<string | string[]>): Promise<void> {
  const counts: Record<string, number> = Object.fromEntries(outcomes.map((outcome) => [outcome, 0]))
  for (let i = 0; i < rounds || (i < rounds * 10 && Object.values(counts).includes(0)); i++)
    for (const seen of [await round(i)].flat()) counts[seen] = (counts[seen] ?? 0) + 1
  console.log(counts)
  expect(Object.keys(counts).sort()).toEqual(outcomes.toSorted())
  expect(Object.values(counts)).not.toContain(0)
}

let before: number
beforeEach(async () => {
  before = await deadlocks(db.owner)
})
afterEach(async () => {
  expect(await deadlocks(db.owner)).toBe(before)
})

it('of fifty transporters for one truck one wins, and the others are told that it is taken', async () => {
  const winners: number[] = []
  for (const i of range(scaled({ full: 200, small: 8 }))) {
    const order = await search(db, { trucks: 1 })
    const inTurn = range(TRANSPORTERS).map((n) => (n + i * 7) % TRANSPORTERS) // whoever asks first often wins
    const outcomes = await Promise.all(inTurn.map((n) => outcomeOf(session(n), accept(order))))
    expect(tally(outcomes.map(said))).toEqual({ driver_accepted: 1, truck_request_is_searching: TRANSPORTERS - 1 })
    winners.push(inTurn[outcomes.findIndex((outcome) => outcome.row)] ?? -1)
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    expect(await statusOf(order)).toBe('fully_filled')
  }
  expect(new Set(winners).size).toBeGreaterThan(1)
})

it('of fifty transporters for three trucks three win, one for each', async () => {
  for (const _ of range(scaled({ full: 50, small: 3 }))) {
    const order = await search(db, { trucks: 3 })
    const outcomes = await Promise.all(sessions.map((session, i) => outcomeOf(session, accept(order, (i % 3) + 1))))
    expect(tally(outcomes.map(said))).toEqual({ driver_accepted: 3, truck_request_is_searching: TRANSPORTERS - 3 })
    expect(new Set(outcomes.flatMap(({ row }) => row?.request_number ?? []))).toEqual(new Set([1, 2, 3]))
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    expect(await statusOf(order)).toBe('fully_filled')
  }
})

it('the same transporter fifty times at once, as on a bad line, makes one trip and is told of it every time', async () => {
  for (const _ of range(scaled({ full: 20, small: 2 }))) {
    const order = await search(db, { trucks: 2 })
    const attempt = accept(order)
    const outcomes = await Promise.all(sessions.map((session) => outcomeOf(session, attempt)))
    expect(new Set(outcomes.map(({ row }) => row?.id)).size).toBe(1)
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    expect(await statusOf(order)).toBe('partially_filled')
  }
})

it('a cancel against an accept: refused, or the truck is sent home and free at once', () => {
  const truck = newTruck()
  return race(['driver_accepted', 'order_is_open'], async (i) => {
    const order = await search(db, { trucks: (i % 2) + 1 })
    const [accepted, cancelled] = await duel(sessions, [accept(order, 1, truck), cancel(order)], leadOf(i))
    expect(cancelled.row).toMatchObject({ status: 'cancelled', trucks_filled: accepted.row ? 1 : 0 })
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    return said(accepted)
  })
})

it('a cancel of the search alone against an accept: exactly one wins', () =>
  race(['driver_accepted, no_truck_is_assigned, filled', 'order_is_open, cancelled, cancelled'], async (i) => {
    const order = await search(db, { trucks: (i % 2) + 1 })
    const [accepted, cancelled] = await duel(sessions, [accept(order), cancelSearch(order)], leadOf(i))
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    return `${said(accepted)}, ${said(cancelled)}, ${(await statusOf(order)).replace(/^(partially|fully)_/, '')}`
  }))

it('a cancel against the first start: exactly one wins', () =>
  race(['in_transit, order_is_cancellable, in_progress', 'trip_move_is_legal, cancelled, cancelled'], async (i) => {
    const order = await search(db, { trucks: 1 })
    const trip = await make.trip(db.owner, { order })
    const [started, cancelled] = await duel(sessions, [start(trip.id), cancel(order)], leadOf(i))
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    return `${said(started)}, ${said(cancelled)}, ${await statusOf(order)}`
  }))

it('the last accept against the end of the search: filled, or refused and settled for what there is', () =>
  race(['first driver_accepted', 'first order_is_open', 'last driver_accepted', 'last order_is_open'], async (i) => {
    const isLast = i % 2 === 1
    const order = await search(db, { trucks: isLast ? 2 : 1 })
    if (isLast) await make.trip(db.owner, { order, number: 1 })
    await dueAt(db.owner, order.customer, order.id, `${((i >> 1) % 20) / 4} ms`)
    const accepted = await outcomeOf(session(0), accept(order, isLast ? 2 : 1))
    await outcomeOf(session(1), close(order))
    expect(await statusOf(order)).toBe(accepted.row || isLast ? 'fully_filled' : 'expired')
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    return `${isLast ? 'last' : 'first'} ${said(accepted)}`
  }))

it('a sweep against accepts: each order is filled or closed by the clock, and never both', () =>
  race(
    [
      'first driver_accepted, fully_filled',
      'first order_is_open, expired',
      'last driver_accepted, fully_filled',
      'last order_is_open, fully_filled',
    ],
    async (i) => {
      const orders = [await search(db, { trucks: 1 }), await search(db, { trucks: 2 })]
      await make.trip(db.owner, { order: orders[1], number: 1 })
      for (const { customer, id } of orders) await dueAt(db.owner, customer, id, `${1 + (i % 20) / 2} ms`)
      const accepts = orders.map((order, n) => outcomeOf(session(n), accept(order, n + 1)))
      const sweeps = range(3).map((n) => outcomeOf(session(2 + n), sweep()))
      const outcomes = await Promise.all(accepts)
      await Promise.all(sweeps)
      // Not a sweep: it would pass over what a refused accept, whose answer comes before its rollback, still holds.
      for (const order of orders) await db.owner.query(...close(order))
      expect(await flawsIn(db.owner, ...orders.map(({ customer }) => customer))).toEqual([])
      const statuses = await Promise.all(orders.map(statusOf))
      return outcomes.map((outcome, n) => `${n === 0 ? 'first' : 'last'} ${said(outcome)}, ${statuses[n]}`)
    },
  ))

it('a withdraw against the end of the search: the order searches again, or is over without its only truck', () =>
  race(['active', 'cancelled'], async (i) => {
    const order = await search(db, { trucks: 2 })
    const trip = await make.trip(db.owner, { order })
    await dueAt(db.owner, order.customer, order.id, `${1 + (i % 30) / 10} ms`)
    expect(said(await outcomeOf(session(0), withdraw(trip.id)))).toBe('withdrawn')
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
    return statusOf(order)
  }))

it('a withdraw against a create: the order searches again and the create is refused, or goes on without the truck', () =>
  race(
    [
      '1: active, cancelled, 1 open',
      '1: one_active_order_per_customer, active, 1 open',
      '2: active, fully_filled, 1 open',
      '2: one_active_order_per_customer, partially_filled, 1 open',
    ],
    async (i) => {
      const trucks = (i % 2) + 1
      const order = await search(db, { trucks })
      if (trucks === 2) await make.trip(db.owner, { order, number: 1 })
      const trip = await make.trip(db.owner, { order, number: trucks })
      const [withdrawn, created] = await duel(sessions, [withdraw(trip.id), create(order.customer)], leadOf(i))
      expect(said(withdrawn)).toBe('withdrawn')
      expect(await flawsIn(db.owner, order.customer)).toEqual([])
      const { open } = await one(
        db.owner,
        'select count(*)::integer as open from app.orders where customer_id = $1 and is_open',
        [order.customer],
      )
      return `${trucks}: ${said(created)}, ${await statusOf(order)}, ${open} open`
    },
  ))

it.each([
  ['vehicle', 'one_live_trip_per_vehicle'],
  ['driver', 'one_live_trip_per_driver'],
] as const)('two orders for one %s: exactly one gets it, and the other still searches', (what, rule) =>
  race([`driver_accepted, ${rule}`, `${rule}, driver_accepted`], async (i) => {
    const truck = newTruck()
    const twin =
      what === 'vehicle'
        ? { ...newTruck(), vehicle: truck.vehicle.replace('MH', 'mh ') }
        : { ...newTruck(), phone: truck.phone.replace(/^.{5}/, '$& ') }
    const orders = [await search(db, { trucks: 1 }), await search(db, { trucks: 1 })] as const
    const calls: [Call, Call] = [accept(orders[0], 1, truck), accept(orders[1], 1, twin)]
    const outcomes = await duel(sessions, calls, leadOf(i) / 3)
    for (const [n, order] of orders.entries())
      expect(await statusOf(order)).toBe(outcomes[n]?.row ? 'fully_filled' : 'active')
    expect(await flawsIn(db.owner, ...orders.map(({ customer }) => customer))).toEqual([])
    return outcomes.map(said).join(', ')
  }),
)

// Four times the usual lead: an accept looks at the vehicle last, an arrival frees it first.
it('an arrival against an accept of the same vehicle: busy, or free', () =>
  race(['driver_accepted', 'one_live_trip_per_vehicle'], async (i) => {
    const [last, next] = [await search(db, { trucks: 1 }), await search(db, { trucks: 1 })]
    const truck = newTruck()
    const trip = await one<{ id: string }>(db.owner, ...accept(last, 1, truck))
    await db.owner.query(...start(trip.id))
    const [completed, accepted] = await duel(sessions, [complete(trip.id), accept(next, 1, truck)], 4 * leadOf(i))
    expect([said(completed), await statusOf(last)]).toEqual(['completed', 'completed'])
    expect(await statusOf(next)).toBe(accepted.row ? 'fully_filled' : 'active')
    expect(await flawsIn(db.owner, last.customer, next.customer)).toEqual([])
    return said(accepted)
  }))

it('the last two arrivals at once complete their order, once', async () => {
  for (const i of range(rounds)) {
    const order = await search(db, { trucks: 2 })
    const trips = await Promise.all([1, 2].map((number) => make.trip(db.owner, { order, number })))
    for (const { id } of trips) await outcomeOf(session(0), start(id))
    const [first, second] = trips.map(({ id }) => complete(id)) as [Call, Call]
    expect((await duel(sessions, [first, second], leadOf(i))).map(said)).toEqual(['completed', 'completed'])
    expect(await statusOf(order)).toBe('completed')
    expect(await flawsIn(db.owner, order.customer)).toEqual([])
  }
})
