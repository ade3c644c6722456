create or replace function rest.create_order(
  p_customer_id uuid, p_customer_name text, p_customer_phone text, p_idempotency_key text, p_body jsonb,
  out is_replay boolean, out body text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_new_id uuid := app.uuid_v7();
  v_order app.orders;
  v_now timestamptz;
begin
  perform set_config('app.actor', 'customer', true);
  v_order := api.create_order(
    p_customer_id => p_customer_id,
    p_pickup => p_body->'pickup',
    p_drop => p_body->'drop',
    p_stops => rest.stops(p_body->'routePoints'),
    p_truck_lines => rest.truck_lines(p_body->'vehicleRequirements'),
    p_distance_km => (p_body->>'distanceKm')::integer,
    p_goods_type => coalesce(p_body->>'goodsType', 'General'),
    p_cargo_weight_kg => (p_body->>'cargoWeightKg')::integer,
    p_scheduled_at => (p_body->>'scheduledAt')::timestamptz,
    p_customer_name => p_customer_name,
    p_customer_phone => p_customer_phone,
    p_idempotency_key => p_idempotency_key,
    p_order_id => v_new_id);
  v_now := clock_timestamp();
  is_replay := v_order.id <> v_new_id;
  body := json_build_object('success', true, 'data', rest.created_order_json(v_order, v_now))::text;
end
$$;

comment on function rest.create_order(uuid, text, text, text, jsonb) is
  'POST /orders: api.create_order in the app''s dialect. is_replay says that the key had already made the order that is returned.';
