// The order that every row books: two trucks of one kind, a new customer each time, with a key of its own.
import type { Statement } from './load/statement.ts'

const pickup = {
  latitude: 28.631502938471,
  longitude: 77.216698125004,
  address: 'B-45, Block B, Connaught Place, New Delhi, Delhi 110001, India',
}
const drop = { latitude: 26.90873, longitude: 75.78327, address: 'Civil Lines, Jaipur, Rajasthan, India' }

/** As the phone sends it. */
export const body = JSON.stringify({
  pickup,
  drop,
  distanceKm: 237,
  vehicleRequirements: [{ vehicleType: 'open', vehicleSubtype: '17 Feet', quantity: 2, pricePerTruck: 3555 }],
  goodsType: 'General',
})

const lines = [{ vehicle_type: 'open', vehicle_subtype: '17 Feet', quantity: 2, price_per_truck: 3555 }]

/** A phone each, so that its index grows as it would. The name and the key have the usual lengths. */
const phone = '(9000000000 + floor(random() * 1000000000))::bigint::text'
const key = 'gen_random_uuid()::text'
const newCustomer = 'gen_random_uuid()'

/**
 * `customer` is SQL, evaluated once an order; `among` is the from clause that it takes it from. Not a function in the from
 * clause: for that PostgreSQL copies the description of app.orders with the text of every check, a tenth of a create, and
 * neither the service nor a command asks so.
 */
export const createOrder = (customer = newCustomer, among = ''): Statement => ({
  text: `select (api.create_order(p_customer_id => ${customer}, p_pickup => :pickup::jsonb, p_drop => :drop::jsonb,
    p_truck_lines => :lines::jsonb, p_distance_km => :distance::integer, p_customer_name => :name::text,
    p_customer_phone => ${phone}, p_idempotency_key => ${key})).id as order${among}`,
  values: {
    pickup: JSON.stringify(pickup),
    drop: JSON.stringify(drop),
    lines: JSON.stringify(lines),
    distance: '237',
    name: 'Asha',
  },
})

/** The same four rows in one statement, into the tables of schema `bench`. */
export const insertFourRows = (customer = newCustomer): Statement => ({
  text: `with placed as (
      insert into bench.orders (customer_id, expires_at, customer_name, customer_phone, pickup_latitude, pickup_longitude,
        pickup_address, drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total,
        total_amount, idempotency_key, content_hash)
      values (${customer}, clock_timestamp() + interval '60 seconds', :name::text, ${phone},
        :pickup_latitude::double precision, :pickup_longitude::double precision, :pickup_address::text,
        :drop_latitude::double precision, :drop_longitude::double precision, :drop_address::text, :distance::integer,
        2, 2, 7110, ${key}, :hash::bytea)
      returning customer_id, id, status, trucks_filled, trucks_total, created_at),
    searched as (
      insert into bench.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype,
        price_per_truck, created_at, updated_at)
      select p.customer_id, p.id, n, :type::text, :subtype::text, 3555, p.created_at, p.created_at
      from placed p, generate_series(1, 2) n),
    recorded as (
      insert into bench.order_events (customer_id, order_id, to_status, trucks_filled, trucks_total, actor, occurred_at)
      select p.customer_id, p.id, p.status, p.trucks_filled, p.trucks_total, :actor::text, p.created_at from placed p)
    select p.id from placed p`,
  values: {
    pickup_latitude: String(pickup.latitude),
    pickup_longitude: String(pickup.longitude),
    pickup_address: pickup.address,
    drop_latitude: String(drop.latitude),
    drop_longitude: String(drop.longitude),
    drop_address: drop.address,
    distance: '237',
    name: 'Asha',
    hash: `\\x${'5a'.repeat(32)}`,
    type: 'open',
    subtype: '17 Feet',
    actor: 'customer',
  },
})

/** What the service calls for POST /orders. */
export const restCreateOrder: Statement = {
  text: `select r.is_replay, r.body from rest.create_order(${newCustomer}, :name::text, ${phone}, ${key}, :body::jsonb) r`,
  values: { name: 'Asha', body },
}
