-- Locks the order first, which every command already holds: an order's events are read by "id above the last one seen",
-- so they must become visible in the order of their ids, also when somebody moves a trip by hand.
create or replace function app.trip_event_is_recorded()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and old.status is not distinct from new.status then
    return null;
  end if;
  perform from app.orders o where o.customer_id = new.customer_id and o.id = new.order_id for no key update;
  insert into app.order_events (customer_id, order_id, from_status, to_status, trucks_filled, trucks_total, trip_id, trip_status,
    actor, reason, occurred_at)
  select o.customer_id, o.id, o.status, o.status, o.trucks_filled, o.trucks_total, new.id, new.status,
    api.event_actor(), new.end_reason, coalesce(new.ended_at, new.started_at, new.created_at)
  from app.orders o
  where o.customer_id = new.customer_id and o.id = new.order_id;
  return null;
end
$$;

comment on function app.trip_event_is_recorded() is
  'Appends one row to app.order_events for the acceptance and for every move of a trip, with the order''s counts after it.';

create or replace trigger trip_event_is_recorded
  after insert or update of status on app.trips
  for each row
  execute function app.trip_event_is_recorded();
