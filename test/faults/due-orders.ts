import { ask } from './cluster.ts'

/** Writes orders of one truck that have been due for a minute, each of a customer of its own. */
export const makeDueOrders = (databaseUrl: string, count: number) =>
  ask(
    databaseUrl,
    `with o as (
       insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
         drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
       select gen_random_uuid(), now() - interval '2 min', now() - interval '1 min', 1, 1, 'due', 2, 2, 'b', 1, 1, 1, 1, sha256('')
       from generate_series(1, $1::integer) returning customer_id, id)
     insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, created_at, updated_at)
     select customer_id, id, 1, 'open', '17 Feet', 1, now(), now() from o`,
    [count],
  )

/** How many of them no sweep has closed yet. */
export const dueOrdersLeft = async (databaseUrl: string): Promise<number> => {
  const [row] = await ask<{ n: number }>(
    databaseUrl,
    `select count(*)::integer as n from app.orders where is_open and pickup_address = 'due'`,
  )
  return row?.n ?? Number.NaN
}
