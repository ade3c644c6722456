-- No standard body: that would keep the columns of today, and fail on a table that a migration has added one to.
create or replace function api.order_detail(p_customer_id uuid, p_order_id uuid)
returns setof app.orders
language sql
stable
as $$
  select d.*
  from app.orders o
  cross join lateral api.order_at(row(o.*)::app.orders, clock_timestamp()) d
  where o.customer_id = p_customer_id and o.id = p_order_id
$$;

comment on function api.order_detail(uuid, uuid) is
  'The customer''s order as it truly is now; no row when the customer has no such order. Its trucks: api.truck_requests_of.';
