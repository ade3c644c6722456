import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make } from '../support/make.ts'
import { moveTrip, type TripStatus, tripPath, tripStatuses } from '../support/move-by-hand.ts'

const legal: Record<TripStatus, TripStatus[]> = {
  driver_accepted: ['in_transit', 'withdrawn', 'cancelled'],
  in_transit: ['completed'],
  completed: [],
  withdrawn: [],
  cancelled: [],
}

/** Leaves the times, which another guard keeps once a trip has ended. */
const setStatus = 'update app.trips set status = $2 where id = $1'

describe('trip_move_is_legal', () => {
  it.each(tripStatuses)('lets a trip that is %s make the legal moves and no other, also by hand', (from) =>
    rolledBack(async (db) => {
      for (const to of tripStatuses.filter((status) => status !== from)) {
        const trip = await make.trip(db)
        for (const step of tripPath[from]) await db.query(moveTrip, [trip.id, step])
        if (legal[from].includes(to)) {
          await db.query(moveTrip, [trip.id, to])
          expect(await one(db, 'select status from app.trips where id = $1', [trip.id])).toEqual({ status: to })
        } else {
          const refusal = await expectRefused(db, [setStatus, [trip.id, to]], 'OR409', 'trip_move_is_legal')
          expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: trip.id, from, to })
        }
      }
    })(),
  )

  it(
    'lets what is no move be written, of a trip that has ended too',
    rolledBack(async (db) => {
      const trip = await make.trip(db)
      await db.query(moveTrip, [trip.id, 'withdrawn'])
      const blank = "update app.trips set status = 'withdrawn', driver_name = '' where id = $1"
      expect((await db.query(blank, [trip.id])).rowCount).toBe(1)
    }),
  )

  it(
    'refuses the whole of a statement for one illegal move among legal ones',
    rolledBack(async (db) => {
      const [started, accepted] = [await make.trip(db), await make.trip(db)]
      await db.query(moveTrip, [started.id, 'in_transit'])
      const cancelBoth = "update app.trips set status = 'cancelled', started_at = null, ended_at = now()"
      expect(await refusalOf(db, cancelBoth)).toMatchObject({ constraint: 'trip_move_is_legal' })
      expect(await one(db, 'select status from app.trips where id = $1', [accepted.id])).toEqual({
        status: 'driver_accepted',
      })
    }),
  )
})
