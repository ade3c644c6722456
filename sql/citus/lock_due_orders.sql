-- Row locks are taken shard by shard: looks for due orders everywhere, then locks one after another.
create or replace function api.lock_due_orders(p_limit integer, p_at timestamptz, out customer_ids uuid[], out order_ids uuid[])
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_due record;
begin
  for v_due in
    select o.customer_id, o.id
    from app.orders o
    where o.is_open and o.expires_at <= p_at and o.expires_at > '-infinity' -- as its index says
    order by o.expires_at
    limit p_limit
  loop
    perform from app.orders o
    where o.customer_id = v_due.customer_id and o.id = v_due.id and o.is_open
    for update skip locked;
    if found then
      customer_ids := customer_ids || v_due.customer_id;
      order_ids := order_ids || v_due.id;
    end if;
  end loop;
end
$$;

comment on function api.lock_due_orders(integer, timestamptz) is
  'Locks up to p_limit due orders, oldest first, that nobody else holds, and returns their keys; nulls when there are none.';
