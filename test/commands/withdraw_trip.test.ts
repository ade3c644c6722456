import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { acceptSql, dueAt, make, newId, newTruck } from '../support/make.ts'

const withdraw = 'select * from api.withdraw_trip($1, $2)'
const why = 'flat tyre'
const forTheCustomer = 'The transporter withdrew the truck'

/** Truck n of make.filled costs n hundred rupees. */
const orderOf = (db: pg.Client, id: string) =>
  one(
    db,
    `select o.status, o.trucks_filled, o.trucks_total, o.total_amount, o.cancel_reason,
       (select array_agg(t.status order by t.request_number) from app.truck_requests t where t.customer_id = o.customer_id and t.order_id = o.id) as trucks
     from app.orders o where o.id = $1`,
    [id],
  )
const offered = async (db: pg.Client) =>
  (await db.query<{ id: string }>('select id from api.open_truck_requests()')).rows.map(({ id }) => id)

describe('withdraw_trip', () => {
  it(
    'ends the trip now, for the reason given, and returns it as api.trips shows it',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db)
      const { before } = await one<{ before: Date }>(db, 'select clock_timestamp() as before')
      const withdrawn = await one(db, withdraw, [trips[0]?.id, why])
      expect(withdrawn).toMatchObject({ id: trips[0]?.id, status: 'withdrawn', is_live: false, end_reason: why })
      expect(withdrawn).toEqual(await one(db, 'select * from api.trips where id = $1', [trips[0]?.id]))
      expect(
        await one(
          db,
          'select started_at is null and ended_at between $2 and clock_timestamp() as at from app.trips where id = $1',
          [trips[0]?.id, before],
        ),
      ).toEqual({ at: true })
      const event =
        'select actor = session_user as by_me, reason from app.order_events where trip_id = $1 and trip_status = $2'
      expect(await one(db, event, [trips[0]?.id, 'withdrawn'])).toEqual({ by_me: true, reason: why })
    }),
  )

  it(
    'frees the vehicle and the driver, and lets another truck, or the same, be accepted in its place',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 1 })
      const { vehicle, phone, transporter } = trips[0] as (typeof trips)[number]
      const other = await make.order(db)
      const elsewhere: [string, unknown[]] = [acceptSql, [`${other.id}.1`, newId(), vehicle, 'Ravi', phone]]
      await expectRefused(db, elsewhere, 'OR409', 'one_live_trip_per_vehicle')
      await db.query(withdraw, [trips[0]?.id, why])
      const again = await one(db, acceptSql, [`${id}.1`, transporter, vehicle, 'Ravi', phone])
      expect(again).toMatchObject({ status: 'driver_accepted' })
      expect(again.id).not.toBe(trips[0]?.id)
      await db.query(withdraw, [again.id, why])
      expect(await one(db, ...elsewhere)).toMatchObject({ status: 'driver_accepted' })
    }),
  )

  it(
    'of a withdrawn trip returns it and writes nothing',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db)
      await db.query(withdraw, [trips[0]?.id, why])
      const before = await everything(db)
      expect(await one(db, withdraw, [trips[0]?.id, 'again'])).toMatchObject({ status: 'withdrawn', end_reason: why })
      expect(await everything(db)).toEqual(before)
    }),
  )

  it.each([
    ['in_transit', undefined],
    ['completed', "api.complete_trip($1, 'arrived')"],
  ])('is refused when the trip is %s', (status, end) =>
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { started: 1 })
      if (end) await db.query(`select ${end}`, [trips[0]?.id])
      const refusal = await expectRefused(db, [withdraw, [trips[0]?.id, why]], 'OR409', 'trip_move_is_legal')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: trips[0]?.id, from: status, to: 'withdrawn' })
    })(),
  )

  it(
    'is refused when the trip was cancelled with its order',
    rolledBack(async (db) => {
      const { customer, id, trips } = await make.filled(db)
      await db.query('select api.cancel_order($1, $2)', [customer, id])
      await expectRefused(db, [withdraw, [trips[0]?.id, why]], 'OR409', 'trip_move_is_legal')
    }),
  )

  it(
    'is refused by the rule that its truck breaks when somebody has moved that alone, by hand',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db)
      await db.query("update app.truck_requests set status = 'in_progress' where order_id = $1", [id])
      await expectRefused(db, [withdraw, [trips[0]?.id, why]], 'OR409', 'truck_request_move_is_legal')
    }),
  )

  it.each([null, '', ' ', ' \t\n'])('refuses the reason %j', (empty) =>
    rolledBack(async (db) => {
      const { trips } = await make.filled(db)
      await expectRefused(db, [withdraw, [trips[0]?.id, empty]], 'OR400', 'trip_end_reason_is_given')
    })(),
  )

  it(
    'takes a reason of 500 characters and refuses one of 501',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db)
      const tooLong = [trips[0]?.id, 'ü'.repeat(501)]
      await expectRefused(db, [withdraw, tooLong], '23514', 'trip_end_reason_is_at_most_500_characters')
      await db.query(withdraw, [trips[0]?.id, 'ü'.repeat(500)])
    }),
  )

  it(
    'is refused for a trip that does not exist, and for none',
    rolledBack(async (db) => {
      await make.filled(db)
      for (const id of [newId(), null]) await expectRefused(db, [withdraw, [id, why]], 'OR404', 'trip_is_known')
    }),
  )
})

describe('withdraw_trip within the search window', () => {
  it(
    'steps the order back, fully to partially filled to active, and offers each truck again until the same expires_at',
    rolledBack(async (db) => {
      const { id, trips, expiresAt } = await make.filled(db, { trucks: 2, dueIn: '40 s' })
      const { expires_at } = await one<{ expires_at: Date }>(db, 'select expires_at from app.orders where id = $1', [
        id,
      ])
      expect(expires_at).not.toEqual(expiresAt)
      expect(await offered(db)).toEqual([])
      const whole = { trucks_total: 2, total_amount: 300, cancel_reason: null }
      await db.query(withdraw, [trips[0]?.id, why])
      expect(await orderOf(db, id)).toEqual({
        ...whole,
        status: 'partially_filled',
        trucks_filled: 1,
        trucks: ['searching', 'assigned'],
      })
      expect(await offered(db)).toEqual([`${id}.1`])
      await db.query(withdraw, [trips[1]?.id, why])
      expect(await orderOf(db, id)).toEqual({
        ...whole,
        status: 'active',
        trucks_filled: 0,
        trucks: ['searching', 'searching'],
      })
      expect(await offered(db)).toEqual([`${id}.1`, `${id}.2`])
      expect(await one(db, 'select expires_at from app.orders where id = $1', [id])).toEqual({ expires_at })
    }),
  )

  it(
    'takes one truck off a search that has more',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 4, promised: 3 })
      await db.query(withdraw, [trips[1]?.id, why])
      expect(await orderOf(db, id)).toMatchObject({
        status: 'partially_filled',
        trucks_filled: 2,
        trucks_total: 4,
        trucks: ['assigned', 'searching', 'assigned', 'searching'],
      })
    }),
  )

  it(
    'shrinks the order instead when the customer has another open order, which stays',
    rolledBack(async (db) => {
      const { id, customer, trips } = await make.filled(db, { trucks: 3 })
      const other = await make.order(db, { customer })
      await db.query(withdraw, [trips[1]?.id, why])
      expect(await orderOf(db, id)).toEqual({
        status: 'fully_filled',
        trucks_filled: 2,
        trucks_total: 2,
        total_amount: 400,
        cancel_reason: null,
        trucks: ['assigned', 'cancelled', 'assigned'],
      })
      expect(await orderOf(db, other.id)).toMatchObject({ status: 'active' })
      expect(await offered(db)).toEqual([`${other.id}.1`, `${other.id}.2`])
    }),
  )

  it.each([
    ['active', 'expired'],
    ['partially_filled', 'fully_filled'],
  ] as const)(
    'searches again when the customer’s other order only looks open: stored as %s and due, it is closed as %s',
    (status, then) =>
      rolledBack(async (db) => {
        const { id, customer, trips } = await make.filled(db, { trucks: 2 })
        const stale = await make.order(db, { customer, status, dueIn: '-1 ms' })
        await db.query(withdraw, [trips[0]?.id, why])
        expect(await orderOf(db, id)).toMatchObject({ status: 'partially_filled', trucks: ['searching', 'assigned'] })
        expect(await orderOf(db, stale.id)).toMatchObject({ status: then })
      })(),
  )

  it(
    'searches again whatever other customers have open',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 1 })
      await make.order(db)
      await make.order(db, { dueIn: '-1 s' })
      await db.query(withdraw, [trips[0]?.id, why])
      expect(await orderOf(db, id)).toMatchObject({ status: 'active' })
    }),
  )
})

describe('withdraw_trip after the search window', () => {
  it(
    'shrinks a filled order by that truck and its price',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 3, dueIn: '-1 ms' })
      await db.query(withdraw, [trips[2]?.id, why])
      expect(await orderOf(db, id)).toEqual({
        status: 'fully_filled',
        trucks_filled: 2,
        trucks_total: 2,
        total_amount: 300,
        cancel_reason: null,
        trucks: ['assigned', 'assigned', 'cancelled'],
      })
      expect(await offered(db)).toEqual([])
      expect(await one(db, 'select trucks_requested from app.orders where id = $1', [id])).toEqual({
        trucks_requested: 3,
      })
    }),
  )

  it(
    'settles a search that nothing has written down first, then shrinks it',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 4, promised: 2, dueIn: '-1 ms' })
      await db.query(withdraw, [trips[0]?.id, why])
      expect(await orderOf(db, id)).toMatchObject({
        status: 'fully_filled',
        trucks_filled: 1,
        trucks_total: 1,
        total_amount: 200,
        trucks: ['cancelled', 'assigned', 'expired', 'expired'],
      })
    }),
  )

  it(
    'of the last truck cancels the order, for a reason of ours: what was written is about the trip',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 2, dueIn: '-1 ms' })
      await db.query(withdraw, [trips[0]?.id, why])
      await db.query(withdraw, [trips[1]?.id, 'no driver'])
      expect(await orderOf(db, id)).toMatchObject({
        status: 'cancelled',
        trucks_filled: 0,
        cancel_reason: forTheCustomer,
        trucks: ['cancelled', 'cancelled'],
      })
      const { rows } = await db.query(
        'select to_status, trip_status, reason from app.order_events where order_id = $1 order by id desc limit 2',
        [id],
      )
      expect(rows).toEqual([
        { to_status: 'cancelled', trip_status: 'withdrawn', reason: 'no driver' },
        { to_status: 'cancelled', trip_status: null, reason: forTheCustomer },
      ])
      expect(await one(db, 'select end_reason from app.trips where id = $1', [trips[1]?.id])).toEqual({
        end_reason: 'no driver',
      })
    }),
  )

  it(
    'of the last truck cancels the order also inside the window, when the customer has another open order',
    rolledBack(async (db) => {
      const { id, customer, trips } = await make.filled(db, { trucks: 1 })
      await make.order(db, { customer })
      await db.query(withdraw, [trips[0]?.id, why])
      expect(await orderOf(db, id)).toMatchObject({ status: 'cancelled', cancel_reason: forTheCustomer })
    }),
  )
})

describe('withdraw_trip while another truck of the order is on the road', () => {
  it.each(['60 s', '-1 s'])(
    'shrinks the order, which stays in progress and searches no more, when its window ends in %s',
    (dueIn) =>
      rolledBack(async (db) => {
        const { id, trips } = await make.filled(db, { trucks: 3, started: 1, dueIn })
        await db.query(withdraw, [trips[1]?.id, why])
        expect(await orderOf(db, id)).toEqual({
          status: 'in_progress',
          trucks_filled: 2,
          trucks_total: 2,
          total_amount: 400,
          cancel_reason: null,
          trucks: ['in_progress', 'cancelled', 'assigned'],
        })
        expect(await offered(db)).toEqual([])
      })(),
  )

  it(
    'completes the order when every other truck of it has arrived',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 3, started: 2 })
      await db.query("select api.complete_trip($1, 'arrived')", [trips[0]?.id])
      await db.query(withdraw, [trips[2]?.id, why])
      expect(await orderOf(db, id)).toMatchObject({ status: 'in_progress' })
      await db.query("select api.complete_trip($1, 'arrived')", [trips[1]?.id])
      expect(await orderOf(db, id)).toMatchObject({ status: 'completed', trucks_total: 2, total_amount: 300 })

      const late = await make.filled(db, { trucks: 2, started: 1 })
      await db.query("select api.complete_trip($1, 'arrived')", [late.trips[0]?.id])
      await db.query(withdraw, [late.trips[1]?.id, why])
      expect(await orderOf(db, late.id)).toMatchObject({
        status: 'completed',
        trucks_filled: 1,
        trucks_total: 1,
        total_amount: 100,
        trucks: ['completed', 'cancelled'],
      })
    }),
  )

  it(
    'lets no order that has stepped back start, until its truck is found again or its window ends',
    rolledBack(async (db) => {
      const { id, customer, trips } = await make.filled(db, { trucks: 2 })
      await db.query(withdraw, [trips[0]?.id, why])
      const start: [string, unknown[]] = ['select status from api.start_trip($1)', [trips[1]?.id]]
      await expectRefused(db, start, 'OR409', 'trip_starts_after_the_search')
      await dueAt(db, customer, id, '-1 ms')
      expect(await one(db, ...start)).toEqual({ status: 'in_transit' })
      const { vehicle, driver, phone } = newTruck()
      const late: [string, unknown[]] = [acceptSql, [`${id}.1`, newId(), vehicle, driver, phone]]
      await expectRefused(db, late, 'OR409', 'order_is_open')
    }),
  )
})
