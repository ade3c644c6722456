import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { dueAt, make, newId } from '../support/make.ts'

const start = 'select * from api.start_trip($1)'

const orderOf = (db: pg.Client, id: string) =>
  one(db, 'select status, trucks_filled, trucks_total, total_amount from app.orders where id = $1', [id])

describe('start_trip', () => {
  it(
    'puts the truck on the road now, and its truck request and order in progress',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 2 })
      const { before } = await one<{ before: Date }>(db, 'select clock_timestamp() as before')
      const started = await one(db, start, [trips[0]?.id])
      expect(started).toMatchObject({ id: trips[0]?.id, status: 'in_transit', is_live: true, ended_at: null })
      expect(started).toEqual(await one(db, 'select * from api.trips where id = $1', [trips[0]?.id]))
      expect(
        await one(db, 'select started_at between $2 and clock_timestamp() as at from app.trips where id = $1', [
          trips[0]?.id,
          before,
        ]),
      ).toEqual({ at: true })
      expect(await orderOf(db, id)).toMatchObject({ status: 'in_progress' })
      const { rows } = await db.query(
        'select status from app.truck_requests where order_id = $1 order by request_number',
        [id],
      )
      expect(rows.map(({ status }) => status)).toEqual(['in_progress', 'assigned'])
      expect(await one(db, 'select status from app.trips where id = $1', [trips[1]?.id])).toEqual({
        status: 'driver_accepted',
      })
    }),
  )

  it(
    'of the second truck finds the order in progress and leaves it so',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 2, started: 1 })
      expect(await one(db, start, [trips[1]?.id])).toMatchObject({ status: 'in_transit' })
      expect(await orderOf(db, id)).toMatchObject({ status: 'in_progress' })
      const { rows } = await db.query(
        "select trip_id from app.order_events where order_id = $1 and to_status = 'in_progress' order by id",
        [id],
      )
      expect(rows.map(({ trip_id }) => trip_id)).toEqual([null, trips[0]?.id, trips[1]?.id])
    }),
  )

  it(
    'of a started trip returns it and writes nothing',
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { started: 1 })
      const before = await everything(db)
      expect(await one(db, start, [trips[0]?.id])).toMatchObject({ status: 'in_transit' })
      expect(await everything(db)).toEqual(before)
    }),
  )

  it(
    'is refused while the order still searches, with how long, and granted once the last truck is found',
    rolledBack(async (db) => {
      const order = await make.filled(db, { trucks: 2, promised: 1, dueIn: '41 s' })
      const { id, trips } = order
      const refusal = await expectRefused(db, [start, [trips[0]?.id]], 'OR409', 'trip_starts_after_the_search')
      const { orderId, remainingSeconds } = JSON.parse(refusal.detail ?? '')
      expect(orderId).toBe(id)
      expect(remainingSeconds).toBeGreaterThan(30)
      expect(remainingSeconds).toBeLessThanOrEqual(41)
      await make.trip(db, { order, number: 2 })
      expect(await one(db, start, [trips[0]?.id])).toMatchObject({ status: 'in_transit' })
    }),
  )

  it(
    'settles a search that ended partly filled first: the order is for the trucks it has',
    rolledBack(async (db) => {
      const { id, trips, customer } = await make.filled(db, { trucks: 3, promised: 1 })
      await dueAt(db, customer, id, '-1 ms')
      expect(await one(db, start, [trips[0]?.id])).toMatchObject({ status: 'in_transit' })
      expect(await orderOf(db, id)).toEqual({
        status: 'in_progress',
        trucks_filled: 1,
        trucks_total: 1,
        total_amount: 100,
      })
      const { rows } = await db.query(
        'select status from app.truck_requests where order_id = $1 order by request_number',
        [id],
      )
      expect(rows.map(({ status }) => status)).toEqual(['in_progress', 'expired', 'expired'])
      const events = await db.query(
        'select from_status, to_status, actor = session_user as by_me from app.order_events where order_id = $1 and trip_id is null order by id offset 2',
        [id],
      )
      expect(events.rows).toEqual([
        { from_status: 'partially_filled', to_status: 'fully_filled', by_me: false },
        { from_status: 'fully_filled', to_status: 'in_progress', by_me: true },
      ])
    }),
  )

  it.each([
    ['completed', "api.complete_trip($1, 'arrived')"],
    ['withdrawn', "api.withdraw_trip($1, 'flat tyre')"],
    ['cancelled', "api.cancel_order_by_id((select order_id from app.trips where id = $1), 'asked by phone')"],
  ])('is refused when the trip is %s', (status, end) =>
    rolledBack(async (db) => {
      const { trips } = await make.filled(db, { trucks: 1, started: status === 'completed' ? 1 : 0 })
      await db.query(`select ${end}`, [trips[0]?.id])
      const refusal = await expectRefused(db, [start, [trips[0]?.id]], 'OR409', 'trip_move_is_legal')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: trips[0]?.id, from: status, to: 'in_transit' })
    })(),
  )

  it(
    'is refused for a trip that does not exist, and for none',
    rolledBack(async (db) => {
      await make.filled(db)
      for (const id of [newId(), null]) await expectRefused(db, [start, [id]], 'OR404', 'trip_is_known')
    }),
  )
})
