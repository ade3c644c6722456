create or replace function api.order_status(p_customer_id uuid, p_order_id uuid)
returns table (order_id uuid, status text, is_open boolean, is_live boolean, remaining_seconds integer, expires_at timestamptz)
language sql
stable
begin atomic
  select d.id, d.status, d.is_open, d.is_live, api.seconds_left(d, now.at), d.expires_at
  from (select clock_timestamp() as at offset 0) now
  cross join app.orders o
  cross join lateral api.order_at(row(o.*)::app.orders, now.at) d
  where o.customer_id = p_customer_id and o.id = p_order_id;
end;

comment on function api.order_status(uuid, uuid) is
  'What is true of the customer''s order now: status, whether it searches (is_open) or is not over (is_live), seconds left. No row when the customer has no such order.';
