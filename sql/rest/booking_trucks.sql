create or replace function rest.booking_trucks(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
begin
  return json_build_object('success', true, 'data', json_build_object(
    'trucks', (
      select coalesce(json_agg(json_build_object(
          'assignmentId', t.id,
          'tripId', t.id,
          'vehicleNumber', t.vehicle_number,
          'vehicleType', r.vehicle_type,
          'driverName', t.driver_name,
          'driverPhone', t.driver_phone,
          'status', t.status,
          'assignedAt', api.iso_time(t.created_at),
          'driverTotalRatings', 0) order by t.request_number), '[]')
      from app.trips t
      join app.truck_requests r on r.customer_id = t.customer_id and r.order_id = t.order_id and r.request_number = t.request_number
      where t.customer_id = v_order.customer_id and t.order_id = v_order.id and t.fills_request)))::text;
end
$$;

comment on function rest.booking_trucks(uuid, uuid) is
  'GET /bookings/:id/trucks: the trucks that were found for the order and still are its. Refuses order_is_known (OR404).';
