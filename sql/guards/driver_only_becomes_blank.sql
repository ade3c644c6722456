-- The when clause is the rule. The reason of an end comes with the move, so trip_facts_never_change keeps it.
create or replace function app.driver_only_becomes_blank()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'driver_only_becomes_blank',
    message = format('The trip is %s: its driver never changes', old.status),
    detail = json_build_object('tripId', old.id, 'status', old.status)::text,
    hint = 'For another driver withdraw it with api.withdraw_trip and accept the truck request anew. Once it has ended the driver may become blank.';
end
$$;

comment on function app.driver_only_becomes_blank() is
  'Refuses driver_only_becomes_blank (OR409): name and phone of a trip''s driver only become blank, and only once the trip has ended.';

create or replace trigger driver_only_becomes_blank
  before update of driver_name, driver_phone on app.trips
  for each row when (
    (old.driver_name, old.driver_phone) is distinct from (new.driver_name, new.driver_phone)
    and (old.is_live or new.driver_name not in (old.driver_name, '') or new.driver_phone not in (old.driver_phone, '')))
  execute function app.driver_only_becomes_blank();
