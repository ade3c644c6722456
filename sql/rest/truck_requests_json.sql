-- A trip is only looked for where a truck was found: a create, whose trucks are all sought, does not pay for it (a join
-- cost it 8 %).
create or replace function rest.truck_requests_json(p_order app.orders)
returns json
language sql
stable
begin atomic
  select coalesce(json_agg(case when t.is_filled then rest.with_truck(t, asked.request) else asked.request end
    order by t.request_number), '[]')
  from api.truck_requests_of(p_order) t
  cross join lateral (
    select json_build_object(
      'id', t.order_id || '.' || t.request_number,
      'orderId', t.order_id,
      'requestNumber', t.request_number,
      'vehicleType', t.vehicle_type,
      'vehicleSubtype', t.vehicle_subtype,
      'pricePerTruck', t.price_per_truck,
      'status', t.status,
      'createdAt', api.iso_time(t.created_at),
      'updatedAt', api.iso_time(t.updated_at)) as request) asked;
end;

comment on function rest.truck_requests_json(app.orders) is
  'The truck requests of an order, by number, with the truck that was found for each. Wants the order as api.order_at gives it.';
