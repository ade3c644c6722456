-- Picks a batch to erase, as api.lock_due_orders does for a sweep. Only what is stored as over: a create locks no such row,
-- so it never waits for this. Not for update, which would hold up whoever disputes an old order. An order with a live trip,
-- which only a move by hand can leave behind, waits until that has ended. A file of its own because a distributed database
-- picks batches per shard.
create or replace function api.lock_old_orders(p_limit integer, p_before timestamptz, out customer_ids uuid[], out order_ids uuid[])
language plpgsql
volatile
set search_path = ''
as $$
begin
  with batch as (
    select o.customer_id, o.id
    from app.orders o
    where not o.is_live and o.erased_at is null and o.created_at < p_before
      and not exists (
        select from app.trips t
        where t.customer_id = o.customer_id and t.order_id = o.id and t.is_live)
    order by o.created_at
    limit p_limit
    for no key update of o skip locked
  )
  select array_agg(b.customer_id), array_agg(b.id) into customer_ids, order_ids
  from batch b;
end
$$;

comment on function api.lock_old_orders(integer, timestamptz) is
  'Locks up to p_limit orders that are over, not erased and older than an instant, oldest first, that nobody else holds, and returns their keys; nulls when there are none.';
