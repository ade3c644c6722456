create or replace function rest.accept_truck_request(
  p_transporter_id uuid, p_truck_request_id text, p_vehicle_number text, p_driver_name text, p_driver_phone text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform set_config('app.actor', 'transporter ' || p_transporter_id, true);
  return rest.trip_answer(
    api.accept_truck_request(p_truck_request_id, p_transporter_id, p_vehicle_number, p_driver_name, p_driver_phone));
end
$$;

comment on function rest.accept_truck_request(uuid, text, text, text, text) is
  'POST /orders/accept: api.accept_truck_request for a transporter. The same attempt again answers the same trip.';
