-- The caller holds the order's lock, and its search is over: nobody will look for another truck.
create or replace function api.shrink_order(p_order app.orders, p_price integer, p_reason text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_order.trucks_filled = 1 then
    update app.orders o
    set status = 'cancelled', trucks_filled = 0, cancel_reason = p_reason
    where o.customer_id = p_order.customer_id and o.id = p_order.id;
  else
    update app.orders o
    set trucks_filled = o.trucks_filled - 1, trucks_total = o.trucks_total - 1, total_amount = o.total_amount - p_price
    where o.customer_id = p_order.customer_id and o.id = p_order.id;
  end if;
end
$$;

comment on function api.shrink_order(app.orders, integer, text) is
  'Takes one truck off an order whose search is over; without any left the order is cancelled, for this reason.';
