create or replace function rest.asked_truck_json(p_request app.truck_requests)
returns json
language sql
stable
begin atomic
  select json_build_object(
    'id', p_request.order_id || '.' || p_request.request_number,
    'orderId', p_request.order_id,
    'requestNumber', p_request.request_number,
    'vehicleType', p_request.vehicle_type,
    'vehicleSubtype', p_request.vehicle_subtype,
    'pricePerTruck', p_request.price_per_truck,
    'status', p_request.status,
    'createdAt', api.iso_time(p_request.created_at),
    'updatedAt', api.iso_time(p_request.updated_at));
end;

comment on function rest.asked_truck_json(app.truck_requests) is
  'A truck request as the app reads it, without the truck that was found for it (rest.truck_request_json). Wants the request as api.truck_requests_of gives it.';
