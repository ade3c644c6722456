-- The caller holds the locks of the order and the trip.
create or replace function api.release_truck(p_order app.orders, p_trip app.trips, p_reason text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_price integer := (
    select t.price_per_truck
    from app.truck_requests t
    where t.customer_id = p_trip.customer_id and t.order_id = p_trip.order_id and t.request_number = p_trip.request_number);
begin
  if api.search_again(p_order) then
    perform api.move_trip(p_trip, 'withdrawn', 'searching', p_reason);
  else
    perform api.shrink_order(p_order, v_price);
    perform api.move_trip(p_trip, 'withdrawn', 'cancelled', p_reason);
    perform api.finish_order(p_trip.customer_id, p_trip.order_id);
  end if;
end
$$;

comment on function api.release_truck(app.orders, app.trips, text) is
  'What becomes of an order when one of its promised trucks is withdrawn: it searches again, or shrinks, or is over.';
