-- The caller holds the order's lock. The customer's other order is locked too, to close it when it is due: no deadlock,
-- since whoever holds that one does not wait for this one, which is not in the index yet. It then comes back into the index
-- one_active_order_per_customer; a rival create that is faster raises unique_violation here.
create or replace function api.search_again(p_order app.orders)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_other app.orders;
begin
  if p_order.status = 'in_progress' or p_order.expires_at <= clock_timestamp() then
    return false;
  end if;
  select o.* into v_other from app.orders o where o.customer_id = p_order.customer_id and o.is_open and o.id <> p_order.id;
  if v_other.expires_at > clock_timestamp() then
    return false;
  elsif v_other.id is not null then
    perform api.close_due_order(v_other.customer_id, v_other.id);
  end if;
  update app.orders o
  set trucks_filled = o.trucks_filled - 1, status = case when o.trucks_filled = 1 then 'active' else 'partially_filled' end
  where o.customer_id = p_order.customer_id and o.id = p_order.id;
  return true;
end
$$;

comment on function api.search_again(app.orders) is
  'Steps an order back by one truck, which is sought again until expires_at. False, and nothing is changed, when its window is over, a trip has started, or the customer has another open order.';
