-- Locks the order, then the trip, then the truck request.
create or replace function api.start_trip(p_trip_id uuid)
returns api.trips
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_trip app.trips := api.known_trip(p_trip_id);
  v_order app.orders := api.lock_order(v_trip.customer_id, v_trip.order_id);
begin
  v_trip := api.lock_trip(v_trip);
  if v_trip.status = 'in_transit' then
    return api.trip(v_trip);
  end if;
  if v_trip.status <> 'driver_accepted' then
    perform api.refuse_trip_move(v_trip, 'in_transit');
  end if;
  if v_order.is_open then
    raise exception using
      errcode = 'OR409',
      constraint = 'trip_starts_after_the_search',
      message = 'The order still searches for trucks',
      detail = json_build_object('orderId', v_order.id, 'remainingSeconds', api.seconds_left(v_order, clock_timestamp()))::text,
      hint = 'Start the trip when every truck is found or the search has ended, within its minute.';
  end if;

  update app.orders o
  set status = 'in_progress'
  where o.customer_id = v_order.customer_id and o.id = v_order.id and o.status <> 'in_progress';
  perform api.move_trip(v_trip, 'in_transit', 'in_progress');
  return api.trip(v_trip);
end
$$;

comment on function api.start_trip(uuid) is
  'The truck sets off; the first one puts its order in progress. A trip that has started already is returned unchanged. Refuses trip_is_known (OR404), trip_starts_after_the_search and trip_move_is_legal (OR409).';
