-- Locks the order and writes down a settling that is due, so that a command judges and changes the order as it truly is.
-- An order that turns out to have expired is left to the sweep: nothing more will be done to it here.
create or replace function api.lock_order(p_customer_id uuid, p_order_id uuid)
returns app.orders
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_order app.orders;
  v_true app.orders;
begin
  perform api.carry_actor();
  select o.* into v_order
  from app.orders o
  where o.customer_id = p_customer_id and o.id = p_order_id
  for update;
  v_true := api.order_at(v_order, clock_timestamp());
  if v_true.is_live and v_true.status <> v_order.status then
    v_true := api.close_due_order(p_customer_id, p_order_id);
  end if;
  return v_true;
end
$$;

comment on function api.lock_order(uuid, uuid) is
  'Locks the customer''s order until the transaction ends and returns it as it truly is now; null when there is none.';
