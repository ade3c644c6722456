drop function if exists api.active_order(uuid); -- it used to return the stored row

create or replace function api.active_order(p_customer_id uuid)
returns setof api.active_orders
language sql
stable
begin atomic
  select a.*
  from api.active_orders a
  where a.customer_id = p_customer_id;
end;

comment on function api.active_order(uuid) is
  'The customer''s order that searches now: the one that would refuse a create. No row when there is none. Writes nothing.';
