create or replace function rest.open_truck_requests(p_vehicle_type text, p_vehicle_subtype text, p_page integer, p_limit integer)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return json_build_object('success', true, 'data', json_build_object(
    'truckRequests', (
      select coalesce(json_agg(json_strip_nulls(json_build_object(
          'truckRequestId', t.id,
          'orderId', t.order_id,
          'requestNumber', t.request_number,
          'vehicleType', t.vehicle_type,
          'vehicleSubtype', t.vehicle_subtype,
          'pricePerTruck', t.price_per_truck,
          'pickup', rest.place_json(t.pickup_latitude, t.pickup_longitude, t.pickup_address),
          'drop', rest.place_json(t.drop_latitude, t.drop_longitude, t.drop_address),
          'stops', (
            select coalesce(json_agg(rest.place_json((s.place->>'latitude')::double precision, (s.place->>'longitude')::double precision,
              s.place->>'address') order by s.ordinality), '[]')
            from jsonb_array_elements(t.stops) with ordinality as s(place, ordinality)),
          'distanceKm', t.distance_km,
          'goodsType', t.goods_type,
          'weight', t.cargo_weight_kg || ' kg',
          'scheduledAt', api.iso_time(t.scheduled_at),
          'createdAt', api.iso_time(t.created_at),
          'expiresAt', api.iso_time(t.expires_at),
          'remainingSeconds', t.seconds_left)) order by t.expires_at desc, t.order_id desc, t.request_number), '[]')
      from api.open_truck_requests(p_vehicle_type, p_vehicle_subtype, p_limit, (p_page - 1) * p_limit) t),
    'page', p_page,
    'limit', p_limit))::text;
end
$$;

comment on function rest.open_truck_requests(text, text, integer, integer) is
  'GET /orders/active, for transporters: api.open_truck_requests, a page at a time. Pages count from 1.';
