-- Locks the order, then the trip, then the truck request.
create or replace function api.complete_trip(p_trip_id uuid, p_reason text)
returns api.trips
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_trip app.trips := api.known_trip(p_trip_id);
begin
  perform api.refuse_blank_reason(p_reason);
  perform api.lock_order(v_trip.customer_id, v_trip.order_id);
  v_trip := api.lock_trip(v_trip);
  if v_trip.status = 'completed' then
    return api.trip(v_trip);
  end if;
  if v_trip.status <> 'in_transit' then
    perform api.refuse_trip_move(v_trip, 'completed');
  end if;

  perform api.move_trip(v_trip, 'completed', 'completed', p_reason);
  perform api.finish_order(v_trip.customer_id, v_trip.order_id);
  return api.trip(v_trip);
end
$$;

comment on function api.complete_trip(uuid, text) is
  'The truck has arrived, as its transporter says or an admin decides, with a reason; frees vehicle and driver, and completes the order once every truck of it is. A completed trip is returned unchanged. Refuses trip_is_known (OR404), trip_end_reason_is_given (OR400) and trip_move_is_legal (OR409).';
