create or replace function api.claimed_trip(p_customer_id uuid, p_order_id uuid, p_trip_id uuid)
returns app.trips
language plpgsql
stable
set search_path = ''
as $$
declare
  v_trip app.trips;
begin
  select t.* into v_trip
  from app.trips t
  where t.customer_id = p_customer_id and t.order_id = p_order_id and t.id = p_trip_id;
  if v_trip.id is null then
    raise exception using
      errcode = 'OR503',
      constraint = 'order_is_contended',
      message = 'Another trip of this vehicle or driver is being written down',
      hint = 'Nothing was changed. Try again.';
  end if;
  return v_trip;
end
$$;

comment on function api.claimed_trip(uuid, uuid, uuid) is
  'The trip that a claim names. Refuses order_is_contended (OR503) while its worker has not committed it yet.';
