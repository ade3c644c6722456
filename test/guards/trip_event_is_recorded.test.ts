import type pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { blockersOf } from '../support/blockers.ts'
import { copyDatabase, one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'
import { moveTrip } from '../support/move-by-hand.ts'
import { until } from '../support/until.ts'

const { owner } = await copyDatabase()

type Event = Record<'from_status' | 'to_status' | 'actor' | 'reason' | 'trip_status', string | null>
const eventsOf = async (db: pg.Client | pg.Pool, tripId: string) =>
  (
    await db.query<Event>(
      `select from_status, to_status, actor, reason, trip_status, trucks_filled, trucks_total
       from app.order_events where trip_id = $1 order by id`,
      [tripId],
    )
  ).rows

describe('trip_event_is_recorded', () => {
  it(
    'appends a row for the acceptance and each move, with the order as it is after it, who, and why',
    rolledBack(async (db) => {
      const order = await make.order(db, { trucks: 2 })
      const [first, second] = [await make.trip(db, { order, number: 1 }), await make.trip(db, { order, number: 2 })]
      await db.query('select api.start_trip($1)', [first.id])
      await db.query("select api.complete_trip($1, 'arrived')", [first.id])
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [second.id])
      const { session_user: actor } = await one(db, 'select session_user')
      const at = (
        status: string,
        trip_status: string,
        trucks_filled: number,
        trucks_total: number,
        reason = null as string | null,
      ) => ({
        ...{ from_status: status, to_status: status, trip_status, trucks_filled, trucks_total, actor, reason },
      })
      expect(await eventsOf(db, first.id)).toEqual([
        at('partially_filled', 'driver_accepted', 1, 2),
        at('in_progress', 'in_transit', 2, 2),
        at('in_progress', 'completed', 2, 2, 'arrived'),
      ])
      expect(await eventsOf(db, second.id)).toEqual([
        at('fully_filled', 'driver_accepted', 2, 2),
        at('in_progress', 'withdrawn', 1, 1, 'flat tyre'),
      ])
      const moves = await db.query(
        'select to_status, trip_status, trucks_filled, trucks_total from app.order_events where order_id = $1 order by id desc limit 2',
        [order.id],
      )
      expect(moves.rows).toEqual([
        { to_status: 'completed', trip_status: null, trucks_filled: 1, trucks_total: 1 },
        { to_status: 'in_progress', trip_status: 'withdrawn', trucks_filled: 1, trucks_total: 1 },
      ])
    }),
  )

  it(
    'appends one also for moves by hand, and for each trip of a statement that moves many',
    rolledBack(async (db) => {
      const here = await make.filled(db)
      const there = await make.filled(db, { customer: here.customer })
      await db.query(moveTrip, [here.trips[0]?.id, 'in_transit'])
      await db.query(
        `with requests as (update app.truck_requests set status = 'searching' where status = 'assigned')
         update app.trips set status = 'withdrawn', ended_at = now(), end_reason = 'flood' where status = 'driver_accepted'`,
      )
      expect((await eventsOf(db, here.trips[0]?.id ?? '')).map(({ trip_status }) => trip_status)).toEqual([
        'driver_accepted',
        'in_transit',
      ])
      for (const { id } of [here.trips[1], ...there.trips].filter((trip) => trip !== undefined))
        expect((await eventsOf(db, id)).map(({ trip_status, reason }) => [trip_status, reason])).toEqual([
          ['driver_accepted', null],
          ['withdrawn', 'flood'],
        ])
    }),
  )

  it(
    'appends nothing when the status stays',
    rolledBack(async (db) => {
      const { id } = await make.trip(db)
      await db.query("update app.trips set status = 'driver_accepted', vehicle_number = 'X' where id = $1", [id])
      await db.query("update app.trips set vehicle_number = 'Y' where id = $1", [id])
      expect(await eventsOf(db, id)).toHaveLength(1)
    }),
  )

  it(
    'dates each move by the trip’s own time for it',
    rolledBack(async (db) => {
      const { id } = await make.trip(db)
      await db.query('select api.start_trip($1)', [id])
      await db.query("select api.complete_trip($1, 'arrived')", [id])
      const { rows } = await db.query(
        `select e.trip_status, e.occurred_at = case e.trip_status when 'driver_accepted' then t.created_at
             when 'in_transit' then t.started_at else t.ended_at end as at_once
         from app.order_events e join app.trips t on t.id = e.trip_id where t.id = $1 order by e.id`,
        [id],
      )
      expect(rows).toEqual([
        { trip_status: 'driver_accepted', at_once: true },
        { trip_status: 'in_transit', at_once: true },
        { trip_status: 'completed', at_once: true },
      ])
    }),
  )
})

describe('trip_event_is_recorded, while somebody else moves the order,', () => {
  const sessions: pg.PoolClient[] = []
  afterEach(() => {
    for (const session of sessions.splice(0)) session.release(true)
  })

  it('waits for them before it takes its id: who reads "id above the last one seen" misses nothing', async () => {
    const order = await make.filled(owner, { trucks: 2 })
    const [rival, hand] = [await owner.connect(), await owner.connect()]
    sessions.push(rival, hand)
    const { pid } = await one<{ pid: number }>(hand, 'select pg_backend_pid() as pid')
    await rival.query('begin')
    await rival.query("update app.orders set goods_type = 'x' where id = $1", [order.id])

    const moved = hand.query(moveTrip, [order.trips[0]?.id, 'withdrawn'])
    await until(async () => (await blockersOf(owner, pid)).length > 0, 'the move by hand waits')
    await rival.query("update app.orders set status = 'in_progress' where id = $1", [order.id])
    await rival.query('commit')
    await moved

    const { rows } = await owner.query(
      'select to_status, trip_status from app.order_events where order_id = $1 order by id desc limit 2',
      [order.id],
    )
    expect(rows).toEqual([
      { to_status: 'in_progress', trip_status: 'withdrawn' },
      { to_status: 'in_progress', trip_status: null },
    ])
  })
})
