-- The order first, so that nothing to wait for lies between the caller's judgement and the guard's. Most cancels find no
-- truck and do not pay for looking for trips.
create or replace function api.write_cancel(p_order app.orders, p_reason text)
returns app.orders
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_order app.orders;
begin
  update app.orders o
  set status = 'cancelled', cancel_reason = p_reason
  where o.customer_id = p_order.customer_id and o.id = p_order.id
  returning o.* into v_order;
  update app.truck_requests t
  set status = 'cancelled', updated_at = v_order.updated_at
  where t.customer_id = v_order.customer_id and t.order_id = v_order.id and t.status in ('searching', 'assigned');
  if v_order.trucks_filled > 0 then
    update app.trips t
    set status = 'cancelled', ended_at = v_order.updated_at, end_reason = p_reason
    where t.customer_id = v_order.customer_id and t.order_id = v_order.id and t.is_live;
  end if;
  return v_order;
end
$$;

comment on function api.write_cancel(app.orders, text) is
  'Writes the cancel of an order that the caller has locked and judged, with its trucks, and frees their vehicles and drivers. Refuses order_move_is_legal (OR409) when its search has ended meanwhile.';
