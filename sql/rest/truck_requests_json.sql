create or replace function rest.truck_requests_json(p_order app.orders)
returns json
language sql
stable
begin atomic
  select coalesce(json_agg(rest.truck_request_json(t) order by t.request_number), '[]')
  from api.truck_requests_of(p_order) t;
end;

comment on function rest.truck_requests_json(app.orders) is
  'The truck requests of an order, by number, with the truck that was found for each. Wants the order as api.order_at gives it.';
