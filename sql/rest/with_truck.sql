create or replace function rest.with_truck(p_request app.truck_requests, p_json json)
returns json
language sql
stable
begin atomic
  select coalesce((
    select (p_json::jsonb || jsonb_build_object(
      'assignedTransporterId', t.transporter_id,
      'assignedVehicleNumber', t.vehicle_number,
      'assignedDriverName', t.driver_name,
      'assignedDriverPhone', t.driver_phone,
      'tripId', t.id,
      'assignedAt', api.iso_time(t.created_at)))::json
    from app.trips t
    where t.customer_id = p_request.customer_id and t.order_id = p_request.order_id
      and t.request_number = p_request.request_number and t.fills_request), p_json);
end;

comment on function rest.with_truck(app.truck_requests, json) is 'A truck request''s JSON with the truck that was found for it, if one was.';
