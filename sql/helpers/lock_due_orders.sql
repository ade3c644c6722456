-- Picks a sweep's batch. What another sweep or a customer holds is left to the next run: waiting for it deadlocked two
-- sweeps that met in opposite order. A file of its own because a distributed database picks batches per shard.
create or replace function api.lock_due_orders(p_limit integer, p_at timestamptz, out customer_ids uuid[], out order_ids uuid[])
language plpgsql
volatile
set search_path = ''
as $$
begin
  with batch as (
    select o.customer_id, o.id
    from app.orders o
    where o.is_open and o.expires_at <= p_at and o.expires_at > '-infinity' -- as its index says
    order by o.expires_at
    limit p_limit
    for update skip locked
  )
  select array_agg(b.customer_id), array_agg(b.id) into customer_ids, order_ids
  from batch b;
end
$$;

comment on function api.lock_due_orders(integer, timestamptz) is
  'Locks up to p_limit due orders, oldest first, that nobody else holds, and returns their keys; nulls when there are none.';
