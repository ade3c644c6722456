-- The customer's name and phone only while the trip is live: whom to ring at the pickup, and nobody's afterwards.
create or replace function rest.trip_json(p_trip api.trips)
returns json
language sql
stable
begin atomic
  select json_strip_nulls(json_build_object(
    'tripId', p_trip.id,
    'assignmentId', p_trip.id,
    'orderId', p_trip.order_id,
    'truckRequestId', p_trip.truck_request_id,
    'status', p_trip.status,
    'vehicleNumber', p_trip.vehicle_number,
    'vehicleType', p_trip.vehicle_type,
    'vehicleSubtype', p_trip.vehicle_subtype,
    'pricePerTruck', p_trip.price_per_truck,
    'driverName', p_trip.driver_name,
    'driverPhone', p_trip.driver_phone,
    'pickup', rest.place_json(o.pickup_latitude, o.pickup_longitude, o.pickup_address),
    'drop', rest.place_json(o.drop_latitude, o.drop_longitude, o.drop_address),
    'customerName', case when p_trip.is_live then o.customer_name end,
    'customerPhone', case when p_trip.is_live then o.customer_phone end,
    'createdAt', api.iso_time(p_trip.created_at),
    'startedAt', api.iso_time(p_trip.started_at),
    'endedAt', api.iso_time(p_trip.ended_at),
    'reason', p_trip.end_reason))
  from app.orders o
  where o.customer_id = p_trip.customer_id and o.id = p_trip.order_id;
end;

comment on function rest.trip_json(api.trips) is 'A trip as its transporter reads it.';
