-- The caller holds the order's lock, and its search is over: nobody will look for another truck. The customer's phone shows
-- the reason of a cancel, so it is ours; what the transporter or an admin wrote stays with the trip.
create or replace function api.shrink_order(p_order app.orders, p_price integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_order.trucks_filled = 1 then
    update app.orders o
    set status = 'cancelled', trucks_filled = 0, cancel_reason = 'The transporter withdrew the truck'
    where o.customer_id = p_order.customer_id and o.id = p_order.id;
  else
    update app.orders o
    set trucks_filled = o.trucks_filled - 1, trucks_total = o.trucks_total - 1, total_amount = o.total_amount - p_price
    where o.customer_id = p_order.customer_id and o.id = p_order.id;
  end if;
end
$$;

comment on function api.shrink_order(app.orders, integer) is
  'Takes one truck off an order whose search is over; without any left the order is cancelled.';
