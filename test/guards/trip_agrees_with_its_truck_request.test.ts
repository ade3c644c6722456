import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make, newId, newTruck } from '../support/make.ts'
import { moveTrip, moveTripAlone, requestOf, tripPath, tripStatuses } from '../support/move-by-hand.ts'

const rule = 'trip_agrees_with_its_truck_request'
const requestStatuses = ['searching', 'assigned', 'in_progress', 'completed', 'cancelled', 'expired']

describe('trip_agrees_with_its_truck_request', () => {
  it.each(tripStatuses.filter((status) => status !== 'driver_accepted'))(
    'refuses a trip that is made %s by hand alone, and lets it be made so together with its truck request',
    (to) =>
      rolledBack(async (db) => {
        const trip = await make.trip(db)
        for (const step of tripPath[to].slice(0, -1)) await db.query(moveTrip, [trip.id, step])
        const { status } = await one(db, 'select status from app.truck_requests where order_id = $1', [trip.order.id])
        const refusal = await expectRefused(db, [moveTripAlone, [trip.id, to]], 'OR409', rule)
        expect(refusal.message).toBe(`The trip cannot be ${to} while its truck request is ${status}`)
        expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: trip.id, truckRequestId: `${trip.order.id}.1` })
        expect((await db.query(moveTrip, [trip.id, to])).rowCount).toBe(1)
      })(),
  )

  it.each(tripStatuses)('lets a trip be %s only beside what its truck request is then', (status) =>
    rolledBack(async (db) => {
      const allowed = status === 'withdrawn' ? ['searching', 'cancelled'] : [requestOf[status]]
      for (const request of requestStatuses) {
        await db.query('savepoint fresh')
        const { id, order } = await make.trip(db)
        for (const step of tripPath[status].slice(0, -1)) await db.query(moveTrip, [id, step])
        // One that is moved by hand alone, as far as its own guard lets it.
        const { status: before } = await one(db, 'select status from app.truck_requests where order_id = $1', [
          order.id,
        ])
        const path = requestPath(String(before), request)
        for (const step of path ?? [])
          await db.query('update app.truck_requests set status = $2 where order_id = $1', [order.id, step])
        if (path && allowed.includes(request))
          expect((await db.query(moveTripAlone, [id, status])).rowCount, request).toBe(1)
        else if (path)
          expect(await refusalOf(db, moveTripAlone, [id, status]), request).toMatchObject({ constraint: rule })
        await db.query('rollback to savepoint fresh')
      }
    })(),
  )

  it.each(['searching', 'in_progress', 'completed', 'cancelled', 'expired'])(
    'refuses a trip that is accepted by hand while its truck request is %s',
    (request) =>
      rolledBack(async (db) => {
        const { customer, id } = await make.order(db)
        for (const step of requestPath('searching', request) ?? [])
          await db.query('update app.truck_requests set status = $2 where order_id = $1 and request_number = 1', [
            id,
            step,
          ])
        const { vehicle, driver, phone } = newTruck()
        const accept: [string, unknown[]] = [
          `insert into app.trips (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
           values ($1, $2, 1, $3, $4, $5, $6)`,
          [customer, id, newId(), vehicle, driver, phone],
        ]
        await expectRefused(db, accept, 'OR409', rule)
      })(),
  )

  it(
    'judges a trip by its own truck request, and lets what is no move be written',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 2 })
      await db.query(
        "update app.truck_requests set status = 'in_progress' where order_id = $1 and request_number = 2",
        [id],
      )
      await expectRefused(db, [moveTripAlone, [trips[0]?.id, 'in_transit']], 'OR409', rule)
      expect((await db.query(moveTripAlone, [trips[1]?.id, 'in_transit'])).rowCount).toBe(1)
      expect(
        (await db.query("update app.trips set vehicle_number = vehicle_number || 'X' where order_id = $1", [id]))
          .rowCount,
      ).toBe(2)
    }),
  )
})

/** How a truck request gets from one status to another by legal moves; undefined when it cannot. */
function requestPath(from: string, to: string): string[] | undefined {
  const moves: Record<string, string[]> = {
    searching: ['assigned', 'expired', 'cancelled'],
    assigned: ['searching', 'in_progress', 'cancelled'],
    in_progress: ['completed'],
  }
  let paths: string[][] = [[from]]
  for (let steps = 0; steps < 5; steps++) {
    const found = paths.find((path) => path.at(-1) === to)
    if (found) return found.slice(1)
    paths = paths.flatMap((path) => (moves[path.at(-1) ?? ''] ?? []).map((next) => [...path, next]))
  }
  return undefined
}
