create or replace function api.known_trip(p_trip_id uuid)
returns app.trips
language plpgsql
stable
set search_path = ''
as $$
declare
  v_trip app.trips;
begin
  select t.* into v_trip from app.trips t where t.id = p_trip_id;
  if v_trip.id is null then
    perform api.refuse_unknown_trip();
  end if;
  return v_trip;
end
$$;

comment on function api.known_trip(uuid) is
  'The trip of this id, as stored. Refuses trip_is_known (OR404).';
