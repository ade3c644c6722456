-- For a command that has locked the order, so nobody but a writer by hand can be in between.
create or replace function api.lock_trip(p_trip app.trips)
returns app.trips
language sql
volatile
begin atomic
  select t.*
  from app.trips t
  where t.customer_id = p_trip.customer_id and t.order_id = p_trip.order_id and t.id = p_trip.id
  for update;
end;

comment on function api.lock_trip(app.trips) is
  'Locks a trip until the transaction ends and returns it as it is now. Lock its order first.';
