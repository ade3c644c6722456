create or replace function api.refuse_unknown_trip()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR404',
    constraint = 'trip_is_known',
    message = 'There is no such trip',
    hint = 'Look for it in api.trips by its order, its vehicle_number or its driver_phone.';
end
$$;

comment on function api.refuse_unknown_trip() is
  'Always refuses trip_is_known (OR404): one answer for a trip that does not exist and one that is another transporter''s.';
