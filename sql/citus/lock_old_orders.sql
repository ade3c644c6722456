-- Row locks are taken shard by shard: looks for old orders everywhere, then locks one after another.
create or replace function api.lock_old_orders(p_limit integer, p_before timestamptz, out customer_ids uuid[], out order_ids uuid[])
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_old record;
begin
  for v_old in
    select o.customer_id, o.id
    from app.orders o
    where not o.is_live and o.erased_at is null and o.created_at < p_before
      and not exists (
        select from app.trips t
        where t.customer_id = o.customer_id and t.order_id = o.id and t.is_live)
    order by o.created_at
    limit p_limit
  loop
    perform from app.orders o
    where o.customer_id = v_old.customer_id and o.id = v_old.id and o.erased_at is null
    for no key update skip locked;
    if found then
      customer_ids := customer_ids || v_old.customer_id;
      order_ids := order_ids || v_old.id;
    end if;
  end loop;
end
$$;

comment on function api.lock_old_orders(integer, timestamptz) is
  'Locks up to p_limit orders that are over, not erased and older than an instant, oldest first, that nobody else holds, and returns their keys; nulls when there are none.';
