-- Locks the customer's own stale order, if there is one, to close it; then those that are over, oldest first. What is over
-- stays over, so it is looked at before it is locked. An order created meanwhile is one created afterwards.
create or replace function api.erase_customer(p_customer_id uuid)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_order app.orders;
  v_customer_ids uuid[];
  v_order_ids uuid[];
begin
  select o.* into v_order from app.orders o where o.customer_id = p_customer_id and o.is_open and o.expires_at <= v_now;
  if v_order.id is not null then
    perform api.close_due_order(p_customer_id, v_order.id);
  end if;

  select o.* into v_order
  from app.orders o
  where o.customer_id = p_customer_id and (o.is_live or exists (
    select from app.trips t where t.customer_id = o.customer_id and t.order_id = o.id and t.is_live))
  order by o.id
  limit 1;
  if v_order.id is not null then
    perform api.refuse_live_order(v_order);
  end if;

  with over as (
    select o.customer_id, o.id
    from app.orders o
    where o.customer_id = p_customer_id and not o.is_live and o.erased_at is null
    order by o.id
    for no key update
  )
  select array_agg(o.customer_id), array_agg(o.id) into v_customer_ids, v_order_ids
  from over o;
  if v_order_ids is null then
    return 0;
  end if;
  return api.erase_locked_orders(v_customer_ids, v_order_ids, v_now, api.event_actor());
end
$$;

comment on function api.erase_customer(uuid) is
  'Blanks what is personal in all of a customer''s orders, with their trips, disputes and events, and returns how many orders it blanked; 0 for a customer without any, or again. Deletes nothing and cannot be undone; erased_by says who did it. Refuses customer_has_no_live_order (OR409) and blanks nothing then.';
