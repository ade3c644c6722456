-- Whoever writes: a trip without the claims of its vehicle and its driver is refused, so the keys of the claims hold for
-- trips. Reads the copy of them that its own server has.
create or replace function app.live_trip_has_its_truck()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_rule text := case
    when not exists (select from app.vehicle_claims c where c.vehicle_number = new.vehicle_number and c.trip_id = new.id)
      then 'one_live_trip_per_vehicle'
    when not exists (select from app.driver_claims c where c.driver_phone = new.driver_phone and c.trip_id = new.id)
      then 'one_live_trip_per_driver' end;
begin
  if v_rule is not null then
    raise exception using
      errcode = 'OR409',
      constraint = v_rule,
      message = format('duplicate key value violates unique constraint "%s": the trip has no claim of it', v_rule),
      hint = 'Accept the truck request with api.accept_truck_request, or claim first: select api.claim_truck(customer, order, trip, vehicle, phone).';
  end if;
  return null;
end
$$;

comment on function app.live_trip_has_its_truck() is
  'Refuses one_live_trip_per_vehicle and one_live_trip_per_driver (OR409): a live trip has claimed its vehicle and its driver.';

create or replace trigger live_trip_has_its_truck
  after insert or update of vehicle_number, driver_phone on app.trips
  for each row when (new.is_live)
  execute function app.live_trip_has_its_truck();
