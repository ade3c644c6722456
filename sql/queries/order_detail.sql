create or replace function api.order_detail(p_customer_id uuid, p_order_id uuid)
returns setof app.orders
language sql
stable
begin atomic
  select d.*
  from app.orders o
  cross join lateral api.order_at(o, clock_timestamp()) d
  where o.customer_id = p_customer_id and o.id = p_order_id;
end;

comment on function api.order_detail(uuid, uuid) is
  'The customer''s order as it truly is now; no row when the customer has no such order. Its trucks: api.truck_requests_of.';
