import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { acceptSql, createOrderSql, make, newId, newTruck } from '../support/make.ts'
import { moveTrip, tripPath, tripStatuses } from '../support/move-by-hand.ts'

describe('trips', () => {
  it(
    'shows every trip as it is stored, with what its truck was promised for',
    rolledBack(async (db) => {
      for (const status of tripStatuses) {
        const trip = await make.trip(db)
        for (const step of tripPath[status]) await db.query(moveTrip, [trip.id, step])
      }
      const { rows: stored } = await db.query(
        "select to_jsonb(t) - 'fills_request' as row from app.trips t order by id",
      )
      const { rows: shown } = await db.query('select to_jsonb(t) as row from api.trips t order by id')
      expect(shown.map(({ row }) => row)).toEqual(
        stored.map(({ row }) => ({
          ...row,
          truck_request_id: `${row.order_id}.1`,
          is_stuck: false,
          vehicle_type: 'open',
          vehicle_subtype: '17 Feet',
          price_per_truck: 1000,
        })),
      )
      expect(shown.map(({ row }) => row.status)).toEqual(tripStatuses)
    }),
  )

  it(
    'shows each trip once with its own truck request, also when two customers have an order of the same id',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 2 })
      await db.query(createOrderSql('p_order_id => $2'), [newId(), id])
      const { rows } = await db.query('select id, truck_request_id, price_per_truck from api.trips order by id')
      expect(rows).toEqual([
        { id: trips[0]?.id, truck_request_id: `${id}.1`, price_per_truck: 100 },
        { id: trips[1]?.id, truck_request_id: `${id}.2`, price_per_truck: 200 },
      ])
    }),
  )

  it.each(tripStatuses)('of one that is %s and has not moved for the alarm’s time says whether it is stuck', (status) =>
    rolledBack(async (db) => {
      const { id } = await make.trip(db, { acceptedAgo: '3 days' })
      const isStuck = () => one(db, 'select is_stuck from api.trips where id = $1', [id])
      const startedAgo = (ago: string) =>
        db.query('update app.trips set started_at = statement_timestamp() - $2::interval where id = $1', [id, ago])
      for (const step of tripPath[status]) {
        await db.query(moveTrip, [id, step])
        if (step !== 'in_transit') continue
        await startedAgo('23 hours 59 minutes')
        expect(await isStuck(), 'it moved when it started').toEqual({ is_stuck: false })
        await startedAgo('24 hours')
      }
      expect(await isStuck()).toEqual({ is_stuck: status === 'driver_accepted' || status === 'in_transit' })
    })(),
  )

  it(
    'is stuck by the alarm of the settings',
    rolledBack(async (db) => {
      const { id } = await make.trip(db, { acceptedAgo: '10 minutes' })
      for (const [alarm, is_stuck] of [
        ['11 minutes', false],
        ['10 minutes', true],
      ]) {
        await db.query('update app.settings set trip_alarm = $1', [alarm])
        expect(await one(db, 'select is_stuck from api.trips where id = $1', [id])).toEqual({ is_stuck })
      }
    }),
  )

  it(
    'keeps a withdrawn trip beside the one that took its place',
    rolledBack(async (db) => {
      const { id, order } = await make.trip(db)
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [id])
      const { vehicle, driver, phone } = newTruck()
      await db.query(acceptSql, [`${order.id}.1`, newId(), vehicle, driver, phone])
      const { rows } = await db.query('select status, is_live from api.trips where order_id = $1 order by id', [
        order.id,
      ])
      expect(rows).toEqual([
        { status: 'withdrawn', is_live: false },
        { status: 'driver_accepted', is_live: true },
      ])
    }),
  )
})
