-- The claims decide, also between two that accept at once: no index of app.trips spans customers here.
create or replace function api.insert_trip(
  p_request app.truck_requests, p_transporter_id uuid, p_vehicle_number text, p_driver_name text, p_driver_phone text)
returns app.trips
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_id uuid := app.uuid_v7();
  v_trip app.trips;
begin
  perform api.claim_truck(p_request.customer_id, p_request.order_id, v_id, p_vehicle_number, p_driver_phone);
  insert into app.trips as t (customer_id, order_id, id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
  values (p_request.customer_id, p_request.order_id, v_id, p_request.request_number, p_transporter_id, p_vehicle_number,
    p_driver_name, p_driver_phone)
  returning t.* into v_trip;
  return v_trip;
end
$$;

comment on function api.insert_trip(app.truck_requests, uuid, text, text, text) is
  'Inserts the trip that fills a truck request. Refuses one_live_trip_per_vehicle, one_live_trip_per_driver (OR409) and order_is_contended (OR503).';
