import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { acceptSql, make, newId } from '../support/make.ts'

const complete = 'select * from api.complete_trip($1, $2)'
const why = 'arrived'

const statusOf = async (db: pg.Client, id: string) =>
  (await one<{ status: string }>(db, 'select status from app.orders where id = $1', [id])).status

describe('complete_trip', () => {
  it(
    'ends the trip now, for the reason given, and completes its truck request',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 2, started: 2 })
      const { before } = await one<{ before: Date }>(db, 'select clock_timestamp() as before')
      const done = await one(db, complete, [trips[0]?.id, why])
      expect(done).toMatchObject({ id: trips[0]?.id, status: 'completed', is_live: false, end_reason: why })
      expect(done).toEqual(await one(db, 'select * from api.trips where id = $1', [trips[0]?.id]))
      expect(
        await one(
          db,
          'select started_at < $2 and ended_at between $2 and clock_timestamp() as at from app.trips where id = $1',
          [trips[0]?.id, before],
        ),
      ).toEqual({ at: true })
      const { rows } = await db.query(
        'select status from app.truck_requests where order_id = $1 order by request_number',
        [id],
      )
      expect(rows.map(({ status }) => status)).toEqual(['completed', 'in_progress'])
    }),
  )

  it(
    'completes the order only when every truck of it is: one driver’s arrival does not',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 3, started: 2 })
      await db.query(complete, [trips[0]?.id, why])
      expect(await statusOf(db, id)).toBe('in_progress')
      await db.query(complete, [trips[1]?.id, why])
      expect(await statusOf(db, id), 'the third has not even set off').toBe('in_progress')
      await db.query('select api.start_trip($1)', [trips[2]?.id])
      await db.query(complete, [trips[2]?.id, why])
      expect(await statusOf(db, id)).toBe('completed')
    }),
  )

  it(
    'completes an order that had settled for fewer trucks than it asked for',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 3, promised: 1, dueIn: '-1 s', started: 1 })
      await db.query(complete, [trips[0]?.id, why])
      expect(await statusOf(db, id)).toBe('completed')
    }),
  )

  it(
    'completes this order alone, whatever trucks the customer’s other orders have on the road or have back',
    rolledBack(async (db) => {
      const { id, trips, customer } = await make.filled(db, { trucks: 1, started: 1 })
      const driving = await make.filled(db, { customer, trucks: 1, started: 1 })
      const byHand = await make.order(db, { customer, status: 'in_progress' })
      for (const status of ['in_progress', 'completed'])
        await db.query('update app.truck_requests set status = $2 where order_id = $1', [byHand.id, status])
      await db.query(complete, [trips[0]?.id, why])
      expect(await statusOf(db, id)).toBe('completed')
      expect(await statusOf(db, driving.id)).toBe('in_progress')
      expect(await statusOf(db, byHand.id)).toBe('in_progress')
    }),
  )

  it(
    'frees the vehicle and the driver for another trip',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { trucks: 1, started: 1 })
      const next = await make.order(db)
      const { vehicle, phone } = trips[0] as (typeof trips)[number]
      const again: [string, unknown[]] = [acceptSql, [`${next.id}.1`, newId(), vehicle, 'Ravi', phone]]
      await expectRefused(db, again, 'OR409', 'one_live_trip_per_vehicle')
      await db.query(complete, [trips[0]?.id, why])
      expect(await one(db, ...again)).toMatchObject({ status: 'driver_accepted' })
    }),
  )

  it(
    'of a completed trip returns it and writes nothing',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { trucks: 1, started: 1 })
      await db.query(complete, [trips[0]?.id, why])
      const before = await everything(db)
      expect(await one(db, complete, [trips[0]?.id, 'again'])).toMatchObject({ status: 'completed', end_reason: why })
      expect(await everything(db)).toEqual(before)
    }),
  )

  it.each([
    ['driver_accepted', undefined],
    ['withdrawn', "api.withdraw_trip($1, 'flat tyre')"],
    ['cancelled', "api.cancel_order_by_id((select order_id from app.trips where id = $1), 'asked by phone')"],
  ])('is refused when the trip is %s', (status, end) =>
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { trucks: 1 })
      if (end) await db.query(`select ${end}`, [trips[0]?.id])
      const refusal = await expectRefused(db, [complete, [trips[0]?.id, why]], 'OR409', 'trip_move_is_legal')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: trips[0]?.id, from: status, to: 'completed' })
    })(),
  )

  it.each([null, '', ' ', ' \t\n'])('refuses the reason %j', (empty) =>
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { trucks: 1, started: 1 })
      await expectRefused(db, [complete, [trips[0]?.id, empty]], 'OR400', 'trip_end_reason_is_given')
    })(),
  )

  it(
    'takes a reason of 500 characters and refuses one of 501',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { trucks: 1, started: 1 })
      const tooLong = [trips[0]?.id, 'ü'.repeat(501)]
      await expectRefused(db, [complete, tooLong], '23514', 'trip_end_reason_is_at_most_500_characters')
      await db.query(complete, [trips[0]?.id, 'ü'.repeat(500)])
    }),
  )

  it(
    'is refused for a trip that does not exist, and for none',
    rolledBack(async (db) => {
      await make.filled(db, { started: 1 })
      for (const id of [newId(), null]) await expectRefused(db, [complete, [id, why]], 'OR404', 'trip_is_known')
    }),
  )
})
