-- "on conflict do nothing" without a target, so that any of the unique rules answers with no row: with a target, a
-- concurrent replay of the same key raised unique_violation. The clock is read last, after every wait before it.
create or replace function api.insert_order(
  p_order_id uuid, p_customer_id uuid, p_customer_name text, p_customer_phone text, p_pickup jsonb, p_drop jsonb,
  p_stops jsonb, p_distance_km integer, p_goods_type text, p_cargo_weight_kg integer, p_scheduled_at timestamptz,
  p_trucks integer, p_amount integer, p_idempotency_key text, p_content_hash bytea)
returns app.orders
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_search_window interval := (select s.search_window from app.settings s);
  v_now timestamptz := clock_timestamp();
  v_order app.orders;
begin
  insert into app.orders as o (
    customer_id, id, created_at, updated_at, expires_at, customer_name, customer_phone,
    pickup_latitude, pickup_longitude, pickup_address, pickup_city, pickup_state,
    drop_latitude, drop_longitude, drop_address, drop_city, drop_state,
    stops, distance_km, goods_type, cargo_weight_kg, scheduled_at,
    trucks_requested, trucks_total, total_amount, idempotency_key, content_hash)
  values (
    p_customer_id, p_order_id, v_now, v_now, v_now + v_search_window, p_customer_name, p_customer_phone,
    (p_pickup->>'latitude')::double precision, (p_pickup->>'longitude')::double precision, p_pickup->>'address',
    p_pickup->>'city', p_pickup->>'state',
    (p_drop->>'latitude')::double precision, (p_drop->>'longitude')::double precision, p_drop->>'address',
    p_drop->>'city', p_drop->>'state',
    p_stops, p_distance_km, p_goods_type, p_cargo_weight_kg, p_scheduled_at,
    p_trucks, p_trucks, p_amount, p_idempotency_key, p_content_hash)
  on conflict do nothing
  returning o.* into v_order;
  return v_order;
end
$$;

comment on function api.insert_order(uuid, uuid, text, text, jsonb, jsonb, jsonb, integer, text, integer, timestamptz, integer, integer, text, bytea) is
  'Inserts an order whose search begins now; null when another order of the customer is in the way (open, same key or same id).';
