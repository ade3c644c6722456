// Which index the hot queries use once a table has rows. An index that no plan here names may be dropped.
import { beforeAll, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { newId } from '../support/make.ts'

const db = await copyDatabase()

/** Of any table but that of one row. */
const scanOfAll = /Seq Scan on (?!settings)/
/** Both lead to the one row; which the planner takes depends on its statistics. */
const oneRow = /orders_are_keyed_by_customer|orders_by_id/
/** To the trips of one order, of which there are few. */
const tripsOfOne = /one_trip_per_truck_request|trips_are_keyed_by_order/

beforeAll(async () => {
  await db.owner.query(
    `insert into app.orders (customer_id, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude,
       drop_address, distance_km, trucks_requested, trucks_total, total_amount, idempotency_key, content_hash)
     select gen_random_uuid(), clock_timestamp() + interval '1 s' * (n % 600 - 300) + interval '10 min', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, n, sha256('')
     from generate_series(1, 5000) n`,
  )
  await db.owner.query(
    `insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, status, created_at, updated_at)
     select customer_id, id, n, 'open', '17 Feet', 1, case when n = 1 and idempotency_key not like '%77' then 'assigned' else 'searching' end,
       created_at, created_at from app.orders, generate_series(1, 6) n`,
  )
  await db.owner.query(
    `insert into app.trips (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
     select customer_id, id, 1, ('00000000-0000-4000-8000-' || lpad((idempotency_key::integer % 100)::text, 12, '0'))::uuid, 'MH' || idempotency_key,
       'Ravi', lpad(idempotency_key, 10, '0') from app.orders where idempotency_key not like '%77'`,
  )
  await db.owner.query("update app.orders set status = 'cancelled' where idempotency_key not like '%77'")
  await db.owner.query(
    `update app.truck_requests t set status = 'cancelled' from app.orders o
     where o.customer_id = t.customer_id and not o.is_open and (t.request_number > 1 or o.idempotency_key not like '%05')`,
  )
  await db.owner.query(
    "update app.trips set status = 'cancelled', ended_at = now() where vehicle_number not like '%05'",
  )
  await db.owner.query(
    `insert into app.disputes (customer_id, order_id, reason_code, notes, created_at)
     select customer_id, id, 'x', '', now() - random() * interval '90 days' from app.orders`,
  )
  await db.owner.query('analyze')
})

it.each([
  [
    'the open order of a customer',
    'select * from app.orders where customer_id = $1 and is_open',
    /one_active_order_per_customer/,
  ],
  [
    'the create limit, of which no old order is read',
    'select * from api.create_limit($1)',
    /orders_are_keyed_by_customer[^\n]*\n\s*Index Cond: .*ROW\(customer_id, id\) > ROW/,
  ],
  ['an order', 'select * from api.order_detail($1, $1)', oneRow],
  ['the status of an order', 'select * from api.order_status($1, $1)', oneRow],
  ['a page of a customer’s orders', 'select * from api.customer_orders($1)', /orders_are_keyed_by_customer/],
  [
    'the order that a key has made',
    "select * from app.orders where customer_id = $1 and idempotency_key = 'k'",
    /one_order_per_idempotency_key/,
  ],
  ['a page of all orders', 'select $1::uuid, o.* from api.orders o order by id desc limit 51', /orders_by_id/],
  [
    'a page of all trucks',
    'select $1::uuid, t.* from api.truck_requests t order by order_id desc, request_number limit 51',
    /orders_by_id/,
  ],
  ['the trucks of an order, by its id alone', 'select * from api.truck_requests where order_id = $1', /orders_by_id/],
  ['the events of an order, by its id alone', 'select * from api.order_events where order_id = $1', /orders_by_id/],
  [
    'the trucks of an order, by its customer and id',
    'select * from app.truck_requests where customer_id = $1 and order_id = $1',
    /truck_requests_are_numbered_within_their_order[^\n]*\n\s*Index Cond: .*order_id = .*customer_id = /,
  ],
  [
    'the events of an order after the last one seen',
    'select * from app.order_events where customer_id = $1 and order_id = $1 and id > 5',
    /order_events_are_keyed_by_order[^\n]*\n\s*Index Cond: .*order_id = .*customer_id = .*id > 5/,
  ],
  [
    'an order by the customer’s phone',
    'select * from api.orders where customer_phone = $1::uuid::text',
    /orders_by_customer_phone/,
  ],
  [
    'orders of an hour',
    "select $1::uuid, count(*) from api.orders where created_at >= now() - interval '60 days' and created_at < now() - interval '59 days'",
    /orders_by_created_at/,
  ],
  [
    'orders that search',
    'select $1::uuid, o.* from api.orders o where is_open = true',
    /one_active_order_per_customer/,
  ],
  ['orders that are due', 'select $1::uuid, o.* from api.due_orders o', /one_active_order_per_customer/],
  ['a trip by its id alone', 'select * from api.trips where id = $1', /trips_by_id/],
  ['a page of all trips', 'select $1::uuid, t.* from api.trips t order by id desc limit 51', /trips_by_id/],
  [
    'a page of a transporter’s trips',
    'select * from api.trips where transporter_id = $1 order by id desc limit 51',
    /trips_by_transporter_id/,
  ],
  [
    'a page of a vehicle’s trips',
    "select $1::uuid, t.* from api.trips t where vehicle_number = 'MH5' order by id desc limit 51",
    /trips_by_vehicle_number/,
  ],
  [
    'a page of a driver’s trips',
    "select $1::uuid, t.* from api.trips t where driver_phone = '0000000005' order by id desc limit 51",
    /trips_by_driver_phone/,
  ],
  [
    'a page of all disputes',
    'select $1::uuid, d.* from api.disputes d order by created_at desc limit 51',
    /disputes_by_created_at/,
  ],
  [
    'the live trip of a vehicle',
    "select $1::uuid from app.trips where is_live and vehicle_number = 'MH5'",
    /one_live_trip_per_vehicle/,
  ],
  [
    'the live trip of a driver',
    "select $1::uuid from app.trips where is_live and driver_phone = '5'",
    /one_live_trip_per_driver/,
  ],
  [
    'the trip that fills a truck request',
    'select from app.trips where customer_id = $1 and order_id = $1 and request_number = 1 and fills_request',
    tripsOfOne,
  ],
  ['trips that are stuck', 'select $1::uuid, t.* from api.stuck_trips t', /one_live_trip_per_/],
  ['an order by its id alone', 'select * from app.orders where id = $1', /orders_by_id/],
  [
    'what is old enough to be erased',
    "select $1::uuid, o.* from app.orders o where not o.is_live and o.erased_at is null and o.created_at < now() - interval '400 days' order by o.created_at limit 200",
    /closed_orders_by_created_at/,
  ],
  [
    'what is due',
    "select $1::uuid, o.* from app.orders o where o.is_open and o.expires_at <= now() and o.expires_at > '-infinity' order by o.expires_at limit 500",
    /open_orders_by_end/,
  ],
])('%s is found by its index', async (_, query, index) => {
  const { rows } = await db.owner.query<{ 'QUERY PLAN': string }>(`explain ${query}`, [newId()])
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toMatch(index)
  expect(plan).not.toMatch(scanOfAll)
})

it('the orders that are to be erased are counted from their index, entered at the retention', async () => {
  const { prosrc } = await one<{ prosrc: string }>(
    db.owner,
    "select prosrc from pg_proc where oid = 'api.sweep_status'::regproc",
  )
  const { rows } = await db.owner.query<{ 'QUERY PLAN': string }>(`explain ${prosrc}`)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toMatch(/closed_orders_by_created_at.*\n\s+Index Cond: \(created_at < /)
  expect(plan).not.toMatch(/(Filter|Sort Key): .*created_at/) // the limit ends the scan, after 1,000
})

it.each(['force_custom_plan', 'force_generic_plan'])(
  'truck requests that are offered are found by the index of open orders: %s',
  async (mode) => {
    const { prosrc } = await one<{ prosrc: string }>(
      db.owner,
      "select prosrc from pg_proc where oid = 'api.open_truck_requests'::regproc",
    )
    const query = ['p_vehicle_type', 'p_vehicle_subtype', 'p_limit', 'p_offset'].reduce(
      (text, name, i) => text.replaceAll(name, `$${i + 1}`),
      prosrc,
    )
    const session = await db.owner.connect()
    try {
      await session.query(`set plan_cache_mode = ${mode}; prepare offered (text, text, integer, integer) as ${query}`)
      for (const given of ["'open', '17 feet', 50, 0", "'open', null, 50, 0", 'null, null, 50, 0']) {
        const { rows } = await session.query<{ 'QUERY PLAN': string }>(`explain execute offered(${given})`)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan, given).toMatch(/open_orders_by_end/)
        expect(plan, given).not.toMatch(scanOfAll)
      }
    } finally {
      session.release(true)
    }
  },
)

// Creates took five times as long beside ten million old orders: the planner read all open orders through the sweep's index.
it('a customer’s open order is found by the customer, also after statistics of a time when nothing was open', async () => {
  const quiet = await copyDatabase()
  await quiet.owner.query(
    `insert into app.orders (customer_id, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude,
       drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
     select gen_random_uuid(), clock_timestamp() + interval '10 min', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
     from generate_series(1, 5000)`,
  )
  await quiet.owner.query("update app.orders set status = 'cancelled'")
  await quiet.owner.query('vacuum analyze app.orders')
  const planOf = async (query: string) =>
    (await quiet.owner.query<{ 'QUERY PLAN': string }>(`explain ${query}`, [newId()])).rows
      .map((row) => row['QUERY PLAN'])
      .join('\n')
  const byCustomer = /one_active_order_per_customer on orders.*\n\s+Index Cond: \(customer_id/
  expect(await planOf('select o.* from app.orders o where o.customer_id = $1 and o.is_open')).toMatch(byCustomer)
  expect(await planOf('select o.* from api.open_order($1) o')).toMatch(byCustomer)
})
