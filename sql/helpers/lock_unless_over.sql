-- Looks without a lock first: what is stored as over stays so, and a phone's queue repeats its cancels in bursts. An order
-- that is merely due is not over yet: a truck may be promised in a transaction that began in time and commits now, so
-- whoever would answer "expired" waits for it.
create or replace function api.lock_unless_over(p_customer_id uuid, p_order_id uuid)
returns app.orders
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_stored app.orders;
begin
  select o.* into v_stored
  from app.orders o
  where o.customer_id = p_customer_id and o.id = p_order_id;
  if v_stored.id is null then
    perform api.refuse_unknown_order();
  end if;
  if not v_stored.is_live then
    return v_stored;
  end if;
  return api.lock_order(p_customer_id, p_order_id);
end
$$;

comment on function api.lock_unless_over(uuid, uuid) is
  'The customer''s order as it truly is now, locked until the transaction ends unless it is over already. Refuses order_is_known (OR404).';
