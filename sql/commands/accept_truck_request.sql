-- Locks the order, then its truck request; waits for a rival of the same vehicle or driver in its unique index. The same
-- transporter with the same vehicle and driver again, as on a bad line, gets the trip that the first attempt has made.
-- The search can end between the judgement and the write, which the guard then refuses.
create or replace function api.accept_truck_request(
  p_truck_request_id text, p_transporter_id uuid, p_vehicle_number text, p_driver_name text, p_driver_phone text)
returns api.trips
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_request app.truck_requests := api.known_truck_request(p_truck_request_id);
  v_vehicle_number text := upper(regexp_replace(p_vehicle_number, '\s', '', 'g'));
  v_driver_phone text := regexp_replace(p_driver_phone, '\s', '', 'g');
  v_order app.orders := api.lock_order(v_request.customer_id, v_request.order_id);
  v_trip app.trips;
  v_now timestamptz;
begin
  select t.* into v_trip
  from app.trips t
  where t.customer_id = v_request.customer_id and t.order_id = v_request.order_id
    and t.request_number = v_request.request_number and t.fills_request;
  if (v_trip.transporter_id, v_trip.vehicle_number, v_trip.driver_phone) = (p_transporter_id, v_vehicle_number, v_driver_phone) then
    return api.trip(v_trip);
  end if;
  if v_trip.id is not null then
    perform api.refuse_taken_truck_request(v_request);
  end if;
  if not v_order.is_open then
    perform api.refuse_closed_order(v_order);
  end if;

  begin
    update app.orders o
    set trucks_filled = o.trucks_filled + 1,
      status = case when o.trucks_filled + 1 = o.trucks_total then 'fully_filled' else 'partially_filled' end
    where o.customer_id = v_order.customer_id and o.id = v_order.id;
  exception when sqlstate 'OR409' then
    perform api.refuse_closed_order(api.order_at(v_order, clock_timestamp()));
  end;
  v_now := clock_timestamp();
  update app.truck_requests t
  set status = 'assigned', updated_at = v_now
  where t.customer_id = v_order.customer_id and t.order_id = v_order.id and t.request_number = v_request.request_number
    and t.status = 'searching';
  if not found then -- the order once shrank by this truck
    perform api.refuse_taken_truck_request(v_request);
  end if;
  v_trip := api.insert_trip(v_request, p_transporter_id, v_vehicle_number, p_driver_name, v_driver_phone);
  return api.trip(v_trip); -- a statement of its own, so that it sees the row
end
$$;

comment on function api.accept_truck_request(text, uuid, text, text, text) is
  'A transporter promises a truck for a truck request, <order id>.<request number>, and gets the trip. The vehicle number is stored in upper case without spaces, the driver''s phone as ten digits. Refuses truck_request_is_known (OR404), truck_request_is_searching, order_is_open, one_live_trip_per_vehicle and one_live_trip_per_driver (OR409) and order_is_contended (OR503).';
