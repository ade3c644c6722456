// Not guards but indexes: named here because they must hold against the owner just as the guards do.
import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { byHand, move, moveTrip, tripPath, tripStatuses } from '../support/move-by-hand.ts'
import { range } from '../support/scale.ts'

describe('one_active_order_per_customer', () => {
  it(
    'holds against a direct insert by the owner',
    rolledBack(async (db) => {
      const open = await make.order(db)
      await expect(make.order(db, { customer: open.customer })).rejects.toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
    }),
  )

  it(
    'holds when a filled order steps back to searching while another is open',
    rolledBack(async (db) => {
      const filled = await make.order(db, { status: 'fully_filled' })
      await make.order(db, { customer: filled.customer })
      expect(await refusalOf(db, move, byHand(filled.id, 'partially_filled'))).toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
    }),
  )
})

const columns = `expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address,
  distance_km, trucks_requested, trucks_total, total_amount, content_hash`
const values = "now() + interval '1 minute', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')"

describe('one_active_order_per_customer, however the owner writes', () => {
  it.each<[string, string, string?]>([
    [
      'two in one statement',
      `insert into app.orders (customer_id, ${columns}) select $1, ${values} from generate_series(1, 2)`,
    ],
    [
      'one beside a search that has run out and is not swept',
      `with due as (select customer_id from app.orders where is_open) insert into app.orders (customer_id, ${columns}) select $1, ${values} from due`,
      '-1 s',
    ],
    [
      'one by a merge',
      `merge into app.orders o using (select $1::uuid as customer_id) n on false when not matched then insert (customer_id, ${columns}) values (n.customer_id, ${values})`,
      '60 s',
    ],
    [
      'all filled ones stepping back at once',
      "update app.orders set status = 'active', trucks_filled = 0 where customer_id = $1 and status = 'fully_filled'",
    ],
  ])('refuses %s', (_, statement, dueIn) =>
    rolledBack(async (db) => {
      const customer = newId()
      for (const _ of range(2)) await make.order(db, { customer, status: 'fully_filled' })
      if (dueIn) await make.order(db, { customer, dueIn })
      const orders = () =>
        db.query('select to_jsonb(o) as row from app.orders o order by o.id').then(({ rows }) => rows)
      const before = await orders()
      expect(await refusalOf(db, statement, [customer])).toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
      expect(await orders()).toEqual(before)
    })(),
  )

  it(
    'lets “on conflict do nothing” do nothing',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      const insert = `insert into app.orders (customer_id, ${columns}) select $1, ${values} on conflict do nothing`
      expect((await db.query(insert, [customer])).rowCount).toBe(0)
      expect((await db.query('select id from app.orders where customer_id = $1', [customer])).rows).toEqual([{ id }])
    }),
  )
})

describe('one_order_per_idempotency_key', () => {
  it(
    'holds against a direct insert by the owner',
    rolledBack(async (db) => {
      const first = await make.order(db, { status: 'cancelled', key: 'k' })
      await expect(make.order(db, { customer: first.customer, key: 'k' })).rejects.toMatchObject({
        code: '23505',
        constraint: 'one_order_per_idempotency_key',
      })
    }),
  )
})

describe('one_live_trip_per_vehicle and one_live_trip_per_driver', () => {
  const copyTrip = (vehicle: string, phone: string) =>
    `with request as (update app.truck_requests set status = 'assigned' where order_id = $2 and request_number = 1)
     insert into app.trips (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
     select t.customer_id, t.order_id, t.request_number, gen_random_uuid(), ${vehicle}, 'Ravi', ${phone}
     from app.truck_requests t, app.trips busy where busy.id = $1 and t.order_id = $2 and t.request_number = 1`
  const rules = [
    ['one_live_trip_per_vehicle', copyTrip('busy.vehicle_number', "'9000000000'")],
    ['one_live_trip_per_driver', copyTrip("'MH12'", 'busy.driver_phone')],
  ] as const

  it.each(rules)('%s holds across customers against the owner, while the trip is live', (constraint, statement) =>
    rolledBack(async (db) => {
      for (const status of tripStatuses) {
        await db.query('savepoint fresh')
        const trip = await make.trip(db)
        for (const step of tripPath[status]) await db.query(moveTrip, [trip.id, step])
        const { id } = await make.order(db)
        if (status === 'driver_accepted' || status === 'in_transit')
          expect(await refusalOf(db, statement, [trip.id, id]), status).toMatchObject({ code: '23505', constraint })
        else expect((await db.query(statement, [trip.id, id])).rowCount, status).toBe(1)
        await db.query('rollback to savepoint fresh')
      }
    })(),
  )

  it(
    'let one truck request have any number of trips that were withdrawn, and one that fills it',
    rolledBack(async (db) => {
      for (const status of tripStatuses.filter((status) => status !== 'cancelled')) {
        const trip = await make.trip(db)
        for (const step of tripPath[status]) await db.query(moveTrip, [trip.id, step])
        const again = [trip.id, trip.order.id]
        if (status === 'withdrawn')
          expect((await db.query(copyTrip('busy.vehicle_number', 'busy.driver_phone'), again)).rowCount, status).toBe(1)
        else
          expect(await refusalOf(db, copyTrip("'MH12'", "'9000000000'"), again), status).toMatchObject({
            code: '23505',
            constraint: 'one_trip_per_truck_request',
          })
      }
    }),
  )
})
