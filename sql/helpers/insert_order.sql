drop function if exists api.insert_truck_requests(app.orders, jsonb);
drop function if exists api.insert_order(uuid, uuid, text, text, jsonb, jsonb, jsonb, integer, text, integer, timestamptz, integer, integer, text, bytea);

-- "on conflict do nothing" without a target, so that any of the unique rules answers with no row: with a target, a
-- concurrent replay of the same key raised unique_violation. The clock is read last, after every wait before it. The row comes
-- back whole, in one column: as forty it was described three times, for 2 % of a create's instructions.
create or replace function api.insert_order(
  p_order_id uuid, p_customer_id uuid, p_customer_name text, p_customer_phone text, p_pickup jsonb, p_drop jsonb,
  p_stops jsonb, p_truck_lines jsonb, p_distance_km integer, p_goods_type text, p_cargo_weight_kg integer,
  p_scheduled_at timestamptz, p_idempotency_key text, p_search_window interval)
returns app.orders
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_asked record := api.truck_line_totals(p_truck_lines);
  v_trucks integer := cardinality(v_asked.line_numbers);
  v_now timestamptz := clock_timestamp();
  v_row record;
begin
  with placed as (
    insert into app.orders as o (
      customer_id, id, created_at, updated_at, expires_at, customer_name, customer_phone,
      pickup_latitude, pickup_longitude, pickup_address, pickup_city, pickup_state,
      drop_latitude, drop_longitude, drop_address, drop_city, drop_state,
      stops, distance_km, goods_type, cargo_weight_kg, scheduled_at,
      trucks_requested, trucks_total, total_amount, idempotency_key, content_hash)
    values (
      p_customer_id, p_order_id, v_now, v_now, v_now + p_search_window, p_customer_name, p_customer_phone,
      (p_pickup->>'latitude')::double precision, (p_pickup->>'longitude')::double precision, p_pickup->>'address',
      p_pickup->>'city', p_pickup->>'state',
      (p_drop->>'latitude')::double precision, (p_drop->>'longitude')::double precision, p_drop->>'address',
      p_drop->>'city', p_drop->>'state',
      p_stops, p_distance_km, p_goods_type, p_cargo_weight_kg, p_scheduled_at, v_trucks, v_trucks, v_asked.amount, p_idempotency_key,
      api.content_hash(p_pickup, p_drop, p_stops, v_asked.quantities, p_distance_km, p_goods_type, p_cargo_weight_kg, p_scheduled_at))
    on conflict do nothing
    returning o as placed
  ), searching as (
    insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck,
      created_at, updated_at)
    select p_customer_id, p_order_id, t.request_number,
      p_truck_lines->t.line_number->>'vehicle_type', p_truck_lines->t.line_number->>'vehicle_subtype',
      (p_truck_lines->t.line_number->>'price_per_truck')::integer, v_now, v_now
    from placed p
    cross join unnest(v_asked.line_numbers) with ordinality as t(line_number, request_number)
  )
  select p.placed into v_row from placed p;
  return v_row.placed;
end
$$;

comment on function api.insert_order(uuid, uuid, text, text, jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz, text, interval) is
  'Inserts an order whose search begins now, with one searching truck request per truck, numbered from 1; null when another order of the customer is in the way (open, same key or same id).';
