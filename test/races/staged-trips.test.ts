// Two sessions and a truck, one held open: who must wait, and what each end then says.
import { beforeEach, describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId, newTruck } from '../support/make.ts'
import { until } from '../support/until.ts'
import { accept, cancel, cancelSearch, close, complete, create, start, sweep, withdraw } from './calls.ts'
import { search } from './duel.ts'
import { type Call, makeRivals } from './rivals.ts'
import { flawsIn } from './whole-order.ts'

const db = await copyDatabase(20)
await db.owner.query('update app.settings set creates_per_minute = 1000000')
const { begin, isBlockedBy, secondAfter } = makeRivals(db.owner)

type OrderKey = { customer: string; id: string }

/** What is stored about an order, once its rows, trips and events have been found to agree. */
async function stored({ customer, id }: OrderKey) {
  expect(await flawsIn(db.owner, customer)).toEqual([])
  return one(
    db.owner,
    'select status, trucks_filled as filled, trucks_total as total from app.orders where customer_id = $1 and id = $2',
    [customer, id],
  )
}

/** An order that has every truck it wants; the trip is its last one. */
const filled = async (trucks = 1, customer = newId()) => {
  const order = await search(db, { customer, trucks })
  for (let number = 1; number < trucks; number++) await make.trip(db.owner, { order, number })
  return { order, trip: await make.trip(db.owner, { order, number: trucks }) }
}

/** The search of an order ends now, and somebody holds its row. */
const endNow = ({ customer, id }: OrderKey): Call => [
  "update app.orders set created_at = now() - interval '1 h', expires_at = now() where customer_id = $1 and id = $2",
  [customer, id],
]

describe('an accept that meets a cancel of its order', () => {
  it.each([
    ['commit', { rule: 'order_is_open' }, { status: 'cancelled', filled: 0, total: 2 }],
    ['rollback', { row: { status: 'driver_accepted' } }, { status: 'partially_filled', filled: 1, total: 2 }],
  ] as const)('waits; after its %s it is told what is true then', async (end, outcome, after) => {
    const order = await search(db)
    expect(await secondAfter(cancel(order), accept(order), end)).toMatchObject(outcome)
    expect(await stored(order)).toEqual(after)
  })
})

describe('a cancel that meets an accept of its order', () => {
  it.each([
    ['commit', 1],
    ['rollback', 0],
  ] as const)('waits; after its %s it cancels the order with %i trucks', async (end, trucks) => {
    const order = await search(db)
    expect((await secondAfter(accept(order), cancel(order), end)).row).toMatchObject({ status: 'cancelled' })
    expect(await stored(order)).toEqual({ status: 'cancelled', filled: trucks, total: 2 })
  })

  it.each([
    ['commit', { rule: 'no_truck_is_assigned' }, { status: 'partially_filled', filled: 1, total: 2 }],
    ['rollback', { row: { status: 'cancelled' } }, { status: 'cancelled', filled: 0, total: 2 }],
  ] as const)(
    'and is of the search alone waits; after its %s no truck has been sent away',
    async (end, outcome, after) => {
      const order = await search(db)
      expect(await secondAfter(accept(order), cancelSearch(order), end)).toMatchObject(outcome)
      expect(await stored(order)).toEqual(after)
    },
  )
})

describe('a cancel of an order that is over', () => {
  it.each([
    ['cancelled', cancel],
    ['cancelled', cancelSearch],
    ['expired', cancel],
    ['expired', cancelSearch],
  ] as const)('is answered %s while somebody holds its row', async (status, call) => {
    const order = await make.order(db.owner, { status })
    const holder = await begin('select from app.orders where customer_id = $1 and id = $2 for update', [
      order.customer,
      order.id,
    ])
    await holder.outcome
    const asking = await begin(...call(order))
    expect((await asking.outcome).row).toMatchObject({ id: order.id, status })
  })
})

describe('an accept that meets an accept', () => {
  it.each([
    ['commit', { rule: 'truck_request_is_searching' }],
    ['rollback', { row: { status: 'driver_accepted' } }],
  ] as const)('of the same truck waits; after its %s one trip fills it', async (end, outcome) => {
    const order = await search(db, { trucks: 1 })
    expect(await secondAfter(accept(order), accept(order), end)).toMatchObject(outcome)
    expect(await stored(order)).toEqual({ status: 'fully_filled', filled: 1, total: 1 })
  })

  it('of the same truck by the same transporter waits, and gets the trip that the first has made', async () => {
    const order = await search(db)
    const attempt = accept(order)
    const { row } = await secondAfter(attempt, attempt, 'commit')
    expect(await one(db.owner, 'select id from app.trips where customer_id = $1', [order.customer])).toEqual({
      id: row?.id,
    })
    expect(await stored(order)).toEqual({ status: 'partially_filled', filled: 1, total: 2 })
  })

  it('of the order’s other truck waits, and counts on from it', async () => {
    const order = await search(db)
    expect((await secondAfter(accept(order, 1), accept(order, 2), 'commit')).row).toMatchObject({ request_number: 2 })
    expect(await stored(order)).toEqual({ status: 'fully_filled', filled: 2, total: 2 })
  })

  type Truck = ReturnType<typeof newTruck>
  describe.each([
    ['vehicle', 'one_live_trip_per_vehicle', ({ vehicle }: Truck) => ({ ...newTruck(), vehicle })],
    ['driver', 'one_live_trip_per_driver', ({ phone }: Truck) => ({ ...newTruck(), phone })],
  ] as const)('of another order with the same %s', (_, rule, withSame) => {
    it.each([
      ['commit', { rule }, { status: 'active', filled: 0, total: 2 }],
      ['rollback', { row: { status: 'driver_accepted' } }, { status: 'partially_filled', filled: 1, total: 2 }],
    ] as const)('waits in the index; after its %s it has got it or changed nothing', async (end, outcome, after) => {
      const [other, mine, truck] = [await search(db), await search(db), newTruck()]
      expect(await secondAfter(accept(other, 1, truck), accept(mine, 1, withSame(truck)), end)).toMatchObject(outcome)
      expect(await stored(mine)).toEqual(after)
      expect(await stored(other)).toMatchObject({ filled: end === 'commit' ? 1 : 0 })
    })
  })
})

describe('an accept of a vehicle', () => {
  const ways: [string, (trip: string, order: OrderKey) => Call][] = [
    ['arrives', (trip) => complete(trip)],
    ['is withdrawn', (trip) => withdraw(trip)],
    ['is cancelled with its order', (_, order) => cancel(order)],
  ]
  it.each(ways)('whose last trip %s just now waits, and has it once that is committed', async (_, end) => {
    const truck = newTruck()
    const [last, next] = [await search(db, { trucks: 1 }), await search(db, { trucks: 1 })]
    const { id } = await one<{ id: string }>(db.owner, ...accept(last, 1, truck))
    const ending = end(id, last)
    if (ending[0].includes('complete_trip')) await db.owner.query(...start(id))
    expect(await secondAfter(ending, accept(next, 1, truck), 'rollback')).toMatchObject({
      rule: 'one_live_trip_per_vehicle',
    })
    expect(await secondAfter(ending, accept(next, 1, truck), 'commit')).toMatchObject({
      row: { status: 'driver_accepted' },
    })
    expect(await stored(next)).toMatchObject({ status: 'fully_filled' })
    expect(await stored(last)).toMatchObject({ total: 1 })
  })
})

describe('an accept that meets a withdraw of the truck that it wants', () => {
  it.each([
    ['commit', { row: { status: 'driver_accepted' } }],
    ['rollback', { rule: 'truck_request_is_searching' }],
  ] as const)('waits; after its %s the order has one truck, not two and not none', async (end, outcome) => {
    const { order, trip } = await filled()
    expect(await secondAfter(withdraw(trip.id), accept(order), end)).toMatchObject(outcome)
    expect(await stored(order)).toEqual({ status: 'fully_filled', filled: 1, total: 1 })
  })
})

describe('a withdraw that meets a create of the same customer', () => {
  it.each([
    ['commit', 1, { status: 'cancelled', filled: 0, total: 1 }],
    ['commit', 2, { status: 'fully_filled', filled: 1, total: 1 }],
    ['rollback', 1, { status: 'active', filled: 0, total: 1 }],
    ['rollback', 2, { status: 'partially_filled', filled: 1, total: 2 }],
  ] as const)(
    'waits in the index; after its %s an order of %i trucks searches again only if no other does',
    async (end, trucks, after) => {
      const { order, trip } = await filled(trucks)
      expect((await secondAfter(create(order.customer), withdraw(trip.id), end)).row).toMatchObject({
        status: 'withdrawn',
      })
      expect(await stored(order)).toEqual(after)
    },
  )
})

describe('a withdraw that meets a withdraw', () => {
  it('from the same order waits, and the order steps back by both', async () => {
    const { order, trip } = await filled(2)
    const other = await one<{ id: string }>(
      db.owner,
      'select id from app.trips where customer_id = $1 and request_number = 1',
      [order.customer],
    )
    expect((await secondAfter(withdraw(trip.id), withdraw(other.id), 'commit')).row).toMatchObject({
      status: 'withdrawn',
    })
    expect(await stored(order)).toEqual({ status: 'active', filled: 0, total: 2 })
  })

  it('from another order of the customer waits in the index, and then only the first searches again', async () => {
    const customer = newId()
    const [first, second] = [await filled(1, customer), await filled(1, customer)]
    expect((await secondAfter(withdraw(first.trip.id), withdraw(second.trip.id), 'commit')).row).toMatchObject({
      status: 'withdrawn',
    })
    expect(await stored(first.order)).toEqual({ status: 'active', filled: 0, total: 1 })
    expect(await stored(second.order)).toEqual({ status: 'cancelled', filled: 0, total: 1 })
  })
})

describe('a create that meets a withdraw that has reopened the customer’s order', () => {
  it('waits, and is refused with that order named when it commits', async () => {
    const { order, trip } = await filled()
    const { rule, detail } = await secondAfter(withdraw(trip.id), create(order.customer), 'commit')
    expect(rule).toBe('one_active_order_per_customer')
    expect(JSON.parse(String(detail)).activeOrder).toMatchObject({
      orderId: order.id,
      status: 'active',
    })
    expect(await stored(order)).toEqual({ status: 'active', filled: 0, total: 1 })
  })

  it('waits, and succeeds when it rolls back', async () => {
    const { order, trip } = await filled()
    expect((await secondAfter(withdraw(trip.id), create(order.customer), 'rollback')).row).toMatchObject({
      status: 'active',
    })
    expect(await stored(order)).toEqual({ status: 'fully_filled', filled: 1, total: 1 })
  })
})

describe('a start and a cancel', () => {
  it.each([
    ['commit', { rule: 'trip_move_is_legal' }, 'cancelled'],
    ['rollback', { row: { status: 'in_transit' } }, 'in_progress'],
  ] as const)('a start waits for a cancel; after its %s the truck stays or goes', async (end, outcome, status) => {
    const { order, trip } = await filled()
    expect(await secondAfter(cancel(order), start(trip.id), end)).toMatchObject(outcome)
    expect(await stored(order)).toMatchObject({ status })
  })

  it.each([
    ['commit', { rule: 'order_is_cancellable' }, 'in_progress'],
    ['rollback', { row: { status: 'cancelled' } }, 'cancelled'],
  ] as const)('a cancel waits for a start; after its %s it is too late or not', async (end, outcome, status) => {
    const { order, trip } = await filled()
    expect(await secondAfter(start(trip.id), cancel(order), end)).toMatchObject(outcome)
    expect(await stored(order)).toMatchObject({ status })
  })
})

describe('an arrival that meets the order’s other arrival', () => {
  it('waits, and completes the order', async () => {
    const { order, trip } = await filled(2)
    const other = await one<{ id: string }>(
      db.owner,
      'select id from app.trips where customer_id = $1 and request_number = 1',
      [order.customer],
    )
    for (const { id } of [trip, other]) await db.owner.query(...start(id))
    await secondAfter(complete(trip.id), complete(other.id), 'commit')
    expect(await stored(order)).toMatchObject({ status: 'completed' })
  })
})

describe('what waits past the end of the search', () => {
  it('an accept is refused, and the order has expired', async () => {
    const order = await search(db)
    expect(await secondAfter(endNow(order), accept(order), 'commit')).toMatchObject({ rule: 'order_is_open' })
    await db.owner.query(...close(order))
    expect(await stored(order)).toMatchObject({ status: 'expired' })
  })

  it('a last accept is refused, and the order has settled for the truck it had', async () => {
    const order = await search(db)
    await make.trip(db.owner, { order })
    expect(await secondAfter(endNow(order), accept(order, 2), 'commit')).toMatchObject({ rule: 'order_is_open' })
    await db.owner.query(...close(order))
    expect(await stored(order)).toEqual({ status: 'fully_filled', filled: 1, total: 1 })
  })

  it('a withdraw takes the order’s last truck, and the order is cancelled instead of searching again', async () => {
    const order = await search(db)
    const trip = await make.trip(db.owner, { order })
    expect((await secondAfter(endNow(order), withdraw(trip.id), 'commit')).row).toMatchObject({ status: 'withdrawn' })
    expect(await stored(order)).toEqual({ status: 'cancelled', filled: 0, total: 1 })
  })
})

describe('an order that falls due while an accept holds it', () => {
  beforeEach(() => db.owner.query(...sweep()))

  async function heldPastItsEnd() {
    const order = await search(db, { trucks: 1, dueIn: '200 ms' })
    const holder = await begin(...accept(order))
    expect((await holder.outcome).row).toMatchObject({ status: 'driver_accepted' })
    await until(
      async () =>
        (
          await one(
            db.owner,
            'select expires_at < clock_timestamp() as is_due from app.orders where customer_id = $1 and id = $2',
            [order.customer, order.id],
          )
        ).is_due === true,
      'it is due',
    )
    return { order, holder }
  }

  it.each([
    ['commit', 0, 'fully_filled'],
    ['rollback', 1, 'expired'],
  ] as const)(
    'is passed over by a sweep without waiting; after the %s the next one closes %i',
    async (end, closed, status) => {
      const { order, holder } = await heldPastItsEnd()
      expect(await one(db.owner, ...sweep())).toEqual({ closed: 0 })
      await holder.session.query(end)
      expect(await one(db.owner, ...sweep())).toEqual({ closed })
      expect(await stored(order)).toMatchObject({ status })
    },
  )

  it.each([
    ['commit', 'fully_filled'],
    ['rollback', 'expired'],
  ] as const)('keeps whoever closes it alone waiting; after the %s the order is %s', async (end, status) => {
    const { order, holder } = await heldPastItsEnd()
    const closing = await begin(...close(order))
    await isBlockedBy(closing.pid, holder.pid)
    await holder.session.query(end)
    expect((await closing.outcome).row).toMatchObject({ status })
    await closing.session.query('commit')
    expect(await stored(order)).toMatchObject({ status })
  })

  // Told "expired" without waiting, the customer once lost sight of a truck that was promised in time.
  it.each([
    ['commit', cancel, { row: { status: 'cancelled' } }, 'cancelled'],
    ['commit', cancelSearch, { rule: 'no_truck_is_assigned' }, 'fully_filled'],
    ['rollback', cancel, { row: { status: 'expired' } }, 'active'],
    ['rollback', cancelSearch, { row: { status: 'expired' } }, 'active'],
  ] as const)(
    'keeps a cancel waiting, which after the %s is answered what is true then (%#)',
    async (end, call, outcome, status) => {
      const { order, holder } = await heldPastItsEnd()
      const cancelling = await begin(...call(order))
      await isBlockedBy(cancelling.pid, holder.pid)
      await holder.session.query(end)
      expect(await cancelling.outcome).toMatchObject(outcome)
      await cancelling.session.query('rule' in outcome ? 'rollback' : 'commit')
      expect(await stored(order)).toMatchObject({ status })
    },
  )

  it.each(['commit', 'rollback'] as const)(
    'keeps its customer’s next create waiting, which succeeds after the %s',
    async (end) => {
      const { order, holder } = await heldPastItsEnd()
      const creating = await begin(...create(order.customer))
      await isBlockedBy(creating.pid, holder.pid)
      await holder.session.query(end)
      expect((await creating.outcome).row).toMatchObject({ status: 'active' })
      await creating.session.query('commit')
      expect(await stored(order)).toMatchObject({ status: end === 'commit' ? 'fully_filled' : 'expired' })
    },
  )
})
