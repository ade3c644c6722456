-- Where it still returns the stored row, as before migration 000002's release.
do $$
begin
  if (select p.prorettype <> 'api.active_orders'::regtype from pg_catalog.pg_proc p where p.oid = to_regprocedure('api.active_order(uuid)')) then
    drop function api.active_order(uuid);
  end if;
end
$$;

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
