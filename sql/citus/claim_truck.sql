-- The claims are the same on every server, so their keys hold across customers; who writes them waits for whoever else
-- does, until that one commits. A claim outlives its trip, and is then taken over. A trip that cannot be seen has just been
-- accepted: its worker commits a moment after the claim.
create or replace function api.claim_truck(
  p_customer_id uuid, p_order_id uuid, p_trip_id uuid, p_vehicle_number text, p_driver_phone text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_claim record;
  v_trip app.trips;
begin
  insert into app.vehicle_claims (vehicle_number, customer_id, order_id, trip_id)
  values (p_vehicle_number, p_customer_id, p_order_id, p_trip_id)
  on conflict do nothing;
  if not found then
    select c.* into v_claim from app.vehicle_claims c where c.vehicle_number = p_vehicle_number;
    v_trip := api.claimed_trip(v_claim.customer_id, v_claim.order_id, v_claim.trip_id);
    if v_trip.is_live and v_trip.vehicle_number = p_vehicle_number then
      perform api.refuse_busy(v_trip, 'one_live_trip_per_vehicle', 'vehicle');
    end if;
    update app.vehicle_claims c
    set customer_id = p_customer_id, order_id = p_order_id, trip_id = p_trip_id
    where c.vehicle_number = p_vehicle_number;
  end if;

  insert into app.driver_claims (driver_phone, customer_id, order_id, trip_id)
  values (p_driver_phone, p_customer_id, p_order_id, p_trip_id)
  on conflict do nothing;
  if not found then
    select c.* into v_claim from app.driver_claims c where c.driver_phone = p_driver_phone;
    v_trip := api.claimed_trip(v_claim.customer_id, v_claim.order_id, v_claim.trip_id);
    if v_trip.is_live and v_trip.driver_phone = p_driver_phone then
      perform api.refuse_busy(v_trip, 'one_live_trip_per_driver', 'driver');
    end if;
    update app.driver_claims c
    set customer_id = p_customer_id, order_id = p_order_id, trip_id = p_trip_id
    where c.driver_phone = p_driver_phone;
  end if;
end
$$;

comment on function api.claim_truck(uuid, uuid, uuid, text, text) is
  'Claims a vehicle and a driver for a trip that is about to be inserted. Refuses one_live_trip_per_vehicle and one_live_trip_per_driver (OR409).';
