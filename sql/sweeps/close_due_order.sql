-- Locks the order, then its truck requests. Whoever waits here for a rival finds the order already closed.
create or replace function api.close_due_order(p_customer_id uuid, p_order_id uuid)
returns app.orders
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from app.orders o where o.customer_id = p_customer_id and o.id = p_order_id for update;
  perform api.close_locked_orders(array[p_customer_id], array[p_order_id], clock_timestamp());
  return api.known_order(p_customer_id, p_order_id);
end
$$;

comment on function api.close_due_order(uuid, uuid) is
  'Writes down the end of one order''s search if it has run out, as the sweep would, and returns the order. Refuses order_is_known (OR404).';
