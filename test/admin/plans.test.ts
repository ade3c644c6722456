// Which index a page of trips or disputes uses once the tables have rows: the statement that was sent, explained for the same values.
import { expect, it } from 'vitest'
import { asSupport, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { range } from '../support/scale.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const support = await asSupport(service.url)

// One trip in a hundred is live, and every order is disputed.
await db.owner.query(
  `with o as (
     insert into app.orders (customer_id, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude,
       drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
     select gen_random_uuid(), clock_timestamp() + interval '10 min', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
     from generate_series(1, 5000) returning *)
   insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, status, created_at, updated_at)
   select customer_id, id, 1, 'open', '17 Feet', 1, 'assigned', created_at, created_at from o`,
)
await db.owner.query(
  `insert into app.trips (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
   select t.customer_id, t.order_id, 1, gen_random_uuid(), 'V' || row_number() over (), 'Ravi', lpad((row_number() over ())::text, 10, '0')
   from app.truck_requests t`,
)
await db.owner.query(
  `update app.truck_requests r set status = 'searching'
   from app.trips t
   where t.customer_id = r.customer_id and t.order_id = r.order_id and t.request_number = r.request_number and t.vehicle_number not like '%77'`,
)
await db.owner.query(
  "update app.trips set status = 'withdrawn', ended_at = created_at where vehicle_number not like '%77'",
)
await db.owner.query(
  `insert into app.disputes (customer_id, order_id, reason_code, notes)
   select customer_id, id, 'customer_request', '' from app.orders`,
)
await db.owner.query('analyze')

type Condition = Record<string, string | boolean>

const tripsQuery = 'query ($condition: TripCondition) { trips(condition: $condition) { nodes { id vehicleType } } }'

/** Of the statement for the page `field`, in the session that has run it: four answer requests in turn. */
async function planOf(condition: Condition, query = tripsQuery, field = 'trips'): Promise<string> {
  const { errors } = await support.query(query, { condition })
  expect(errors).toEqual([])
  const sessions = await Promise.all(range(4).map(() => service.pool.connect()))
  const found = await Promise.all(
    sessions.map(async (session) => ({
      session,
      last: await one<{ at: number; name: string }>(
        session,
        `select coalesce(max(extract(epoch from prepare_time)), 0)::float as at,
           (array_agg(name order by prepare_time desc))[1] as name from pg_prepared_statements where statement like $1`,
        [`%"${field}"%`],
      ),
    })),
  )
  const { session, last } = found.reduce((a, b) => (a.last.at > b.last.at ? a : b))
  const values = Object.values(condition).map((value) => `'${value}'`)
  await session.query('begin; set local role weelo_support; set local plan_cache_mode = force_custom_plan')
  const { rows } = await session.query<{ 'QUERY PLAN': string }>(
    `explain execute ${session.escapeIdentifier(last.name)} ${values.length ? `(${values})` : ''}`,
  )
  await session.query('rollback')
  for (const each of sessions) each.release()
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

it.each<[string, Condition, RegExp]>([
  ['an id', { id: newId() }, /trips_by_id/],
  ['an order', { orderId: newId() }, /orders_by_id.*trips_are_keyed_by_order/s],
  ['a customer', { customerId: newId() }, /trips_are_keyed_by_order/],
  ['a transporter', { transporterId: newId() }, /trips_by_transporter_id/],
  ['a vehicle', { vehicleNumber: 'v 4711' }, /Scan Backward using trips_by_vehicle_number/],
  ['a driver', { driverPhone: '00000 04711' }, /Scan Backward using trips_by_driver_phone/],
  ['a status, of live ones', { status: 'in_transit', isLive: true }, /one_live_trip_per_/],
  ['what is stuck', { isStuck: true }, /one_live_trip_per_.*trips_by_id/s],
])('trips of %s are found by an index', async (_, condition, index) => {
  const plan = await planOf(condition)
  expect(plan).toMatch(index)
  expect(plan).not.toMatch(/Seq Scan on (?!settings)/) // the one row of settings
})

it.each([
  ['newest first', '', /Index Scan Backward using disputes_by_created_at/],
  ['oldest first', '(orderBy: [CREATED_AT_ASC])', /Index Scan using disputes_by_created_at/],
])('disputes, %s, are read from an index and not sorted whole', async (_, order, index) => {
  const plan = await planOf({}, `{ disputes${order} { nodes { id notes } } }`, 'disputes')
  expect(plan).toMatch(index)
  expect(plan).not.toMatch(/Seq Scan/)
})

it('trips are counted without looking at what each was asked for', async () => {
  const { rows } = await db.owner.query<{ 'QUERY PLAN': string }>('explain select count(*) from api.trips')
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('on trips')
  expect(plan).not.toContain('truck_requests')
})
