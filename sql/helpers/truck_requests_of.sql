-- No standard body: that would keep the columns of today, and fail on a table that a migration has added one to.
create or replace function api.truck_requests_of(p_order app.orders)
returns setof app.truck_requests
language sql
stable
as $$
  select d.*
  from app.truck_requests t
  cross join lateral api.truck_request_at(row(t.*)::app.truck_requests, p_order) d
  where t.customer_id = p_order.customer_id and t.order_id = p_order.id
  order by t.request_number
$$;

comment on function api.truck_requests_of(app.orders) is
  'The truck requests of a time-aware order (api.order_at), by number, each with the status that is true then.';
