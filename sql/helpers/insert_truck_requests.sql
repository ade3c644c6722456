create or replace function api.insert_truck_requests(p_order app.orders, p_truck_lines jsonb)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck,
    created_at, updated_at)
  select p_order.customer_id, p_order.id, row_number() over (order by l.ordinality), l.vehicle_type, l.vehicle_subtype,
    l.price_per_truck, p_order.created_at, p_order.created_at
  from rows from (jsonb_to_recordset(p_truck_lines)
      as (vehicle_type text, vehicle_subtype text, quantity integer, price_per_truck integer)) with ordinality as l
  cross join generate_series(1, l.quantity);
end
$$;

comment on function api.insert_truck_requests(app.orders, jsonb) is
  'One searching truck request per truck of the lines, numbered from 1.';
