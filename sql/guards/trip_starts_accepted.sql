-- The when clause is the rule, as for orders.
create or replace function app.trip_starts_accepted()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'trip_starts_accepted',
    message = format('A trip cannot begin as %s', new.status),
    hint = 'Accept the truck request with api.accept_truck_request and move the trip from there.';
end
$$;

comment on function app.trip_starts_accepted() is 'Refuses trip_starts_accepted (OR409): every trip begins as driver_accepted.';

create or replace trigger trip_starts_accepted
  before insert on app.trips
  for each row when (new.status <> 'driver_accepted')
  execute function app.trip_starts_accepted();
