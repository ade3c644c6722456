-- The floor of the average, so that the screen that multiplies it by the trucks never shows more than the customer pays.
create or replace function rest.booking_json(p_order app.orders)
returns json
language sql
stable
begin atomic
  select json_strip_nulls(json_build_object(
    'id', p_order.id,
    'customerId', p_order.customer_id,
    'customerName', p_order.customer_name,
    'customerPhone', p_order.customer_phone,
    'pickup', rest.place_json(p_order.pickup_latitude, p_order.pickup_longitude, p_order.pickup_address),
    'drop', rest.place_json(p_order.drop_latitude, p_order.drop_longitude, p_order.drop_address),
    'vehicleType', asked.types,
    'vehicleSubtype', asked.subtypes,
    'trucksNeeded', p_order.trucks_total,
    'trucksFilled', p_order.trucks_filled,
    'pricePerTruck', p_order.total_amount / p_order.trucks_total,
    'totalAmount', p_order.total_amount,
    'distanceKm', p_order.distance_km,
    'status', p_order.status,
    'createdAt', api.iso_time(p_order.created_at),
    'expiresAt', api.iso_time(p_order.expires_at),
    'scheduledAt', api.iso_time(p_order.scheduled_at),
    'completedAt', case when p_order.status = 'completed' then api.iso_time(p_order.updated_at) end,
    'hasUnratedTrips', false))
  from (
    select coalesce(string_agg(distinct t.vehicle_type, ', '), '') as types,
      coalesce(string_agg(distinct t.vehicle_subtype, ', '), '') as subtypes
    from app.truck_requests t
    where t.customer_id = p_order.customer_id and t.order_id = p_order.id) asked;
end;

comment on function rest.booking_json(app.orders) is
  'An order as the app''s booking screens read it: one line of types, and a price per truck. Wants the order as api.order_at gives it.';
