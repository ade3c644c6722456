-- Locks the order unless it is over, as it is after most time-outs, and still holds the lock when api.cancel_order looks, so
-- no truck can come in between.
create or replace function api.cancel_search(p_customer_id uuid, p_order_id uuid, p_reason text default null)
returns app.orders
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_order app.orders := api.lock_unless_over(p_customer_id, p_order_id);
begin
  if v_order.is_live and v_order.trucks_filled > 0 then
    raise exception using
      errcode = 'OR409',
      constraint = 'no_truck_is_assigned',
      message = format('The order is %s with %s trucks: its search is not cancelled', v_order.status, v_order.trucks_filled),
      detail = json_build_object('orderId', v_order.id, 'status', v_order.status, 'trucksFilled', v_order.trucks_filled)::text,
      hint = 'Whoever wants to send the trucks away cancels the order: api.cancel_order.';
  end if;
  return api.cancel_order(p_customer_id, p_order_id, p_reason);
end
$$;

comment on function api.cancel_search(uuid, uuid, text) is
  'Cancels the customer''s order only while no truck is assigned, and returns it: for a phone that may have missed the news. Refuses no_truck_is_assigned (OR409) and, as api.cancel_order does, order_is_known (OR404), order_is_cancellable (OR409) and order_is_contended (OR503).';
