-- "on conflict do nothing" without a target: the unique index of the vehicle or of the driver decides, also between two
-- that accept at once. Whoever was in the way may be gone when we look, so try again.
create or replace function api.insert_trip(
  p_request app.truck_requests, p_transporter_id uuid, p_vehicle_number text, p_driver_name text, p_driver_phone text)
returns app.trips
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_trip app.trips;
begin
  for v_round in 1..10 loop
    insert into app.trips as t (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
    values (p_request.customer_id, p_request.order_id, p_request.request_number, p_transporter_id, p_vehicle_number, p_driver_name,
      p_driver_phone)
    on conflict do nothing
    returning t.* into v_trip;
    if v_trip.id is not null then
      return v_trip;
    end if;
    perform api.refuse_busy(t, 'one_live_trip_per_vehicle', 'vehicle')
    from app.trips t where t.is_live and t.vehicle_number = p_vehicle_number;
    perform api.refuse_busy(t, 'one_live_trip_per_driver', 'driver')
    from app.trips t where t.is_live and t.driver_phone = p_driver_phone;
  end loop;

  raise exception using
    errcode = 'OR503',
    constraint = 'order_is_contended',
    message = 'Ten attempts in a row met another trip of this vehicle or driver',
    hint = 'Nothing was changed. Try again.';
end
$$;

comment on function api.insert_trip(app.truck_requests, uuid, text, text, text) is
  'Inserts the trip that fills a truck request. Refuses one_live_trip_per_vehicle, one_live_trip_per_driver (OR409) and order_is_contended (OR503).';
