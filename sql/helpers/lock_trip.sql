-- For a command that has locked the order, so nobody but a writer by hand can be in between.
-- No standard body: that would keep the columns of today, and fail on a table that a migration has added one to.
create or replace function api.lock_trip(p_trip app.trips)
returns app.trips
language sql
volatile
as $$
  select t.*
  from app.trips t
  where t.customer_id = p_trip.customer_id and t.order_id = p_trip.order_id and t.id = p_trip.id
  for update
$$;

comment on function api.lock_trip(app.trips) is
  'Locks a trip until the transaction ends and returns it as it is now. Lock its order first.';
