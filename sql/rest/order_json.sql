-- Built once here and passed through as text: no other layer knows the phone's names. Nulls are left out, because the
-- phone's JSON reader is only sure about what is absent.
create or replace function rest.order_json(p_order app.orders, p_expires_in integer)
returns json
language sql
stable
begin atomic
  select json_strip_nulls(json_build_object(
    'id', p_order.id,
    'customerId', p_order.customer_id,
    'customerName', p_order.customer_name,
    'customerPhone', p_order.customer_phone,
    'pickup', json_build_object(
      'coordinates', json_build_object('latitude', p_order.pickup_latitude, 'longitude', p_order.pickup_longitude),
      'address', p_order.pickup_address, 'city', p_order.pickup_city, 'state', p_order.pickup_state),
    'drop', json_build_object(
      'coordinates', json_build_object('latitude', p_order.drop_latitude, 'longitude', p_order.drop_longitude),
      'address', p_order.drop_address, 'city', p_order.drop_city, 'state', p_order.drop_state),
    'distanceKm', p_order.distance_km,
    'totalTrucks', p_order.trucks_total,
    'trucksFilled', p_order.trucks_filled,
    'totalAmount', p_order.total_amount,
    'goodsType', p_order.goods_type,
    'weight', p_order.cargo_weight_kg || ' kg',
    'scheduledAt', api.iso_time(p_order.scheduled_at),
    'status', p_order.status,
    'expiresAt', api.iso_time(p_order.expires_at),
    'expiresIn', p_expires_in,
    'createdAt', api.iso_time(p_order.created_at),
    'updatedAt', api.iso_time(p_order.updated_at)));
end;

comment on function rest.order_json(app.orders, integer) is
  'An order as the app reads it in create and detail: nested places, whole rupees, UTC with milliseconds. Wants the order as api.order_at gives it.';
