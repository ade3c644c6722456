create or replace function rest.truck_requests_json(p_order app.orders)
returns json
language sql
stable
begin atomic
  select coalesce(json_agg(json_build_object(
      'id', t.order_id || '.' || t.request_number,
      'orderId', t.order_id,
      'requestNumber', t.request_number,
      'vehicleType', t.vehicle_type,
      'vehicleSubtype', t.vehicle_subtype,
      'pricePerTruck', t.price_per_truck,
      'status', t.status,
      'createdAt', api.iso_time(t.created_at),
      'updatedAt', api.iso_time(t.updated_at)) order by t.request_number), '[]')
  from api.truck_requests_of(p_order) t;
end;

comment on function rest.truck_requests_json(app.orders) is
  'The truck requests of an order, by number. Wants the order as api.order_at gives it.';
