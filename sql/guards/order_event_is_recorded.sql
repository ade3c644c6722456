-- A trigger, so that no writer can forget it. What becomes of the order: order_move_is_recorded.
create or replace function app.order_event_is_recorded()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into app.order_events (customer_id, order_id, to_status, trucks_filled, trucks_total, actor, occurred_at)
  values (new.customer_id, new.id, new.status, new.trucks_filled, new.trucks_total, api.event_actor(), new.created_at);
  return null;
end
$$;

comment on function app.order_event_is_recorded() is 'Appends one row to app.order_events for the creation of an order.';

create or replace trigger order_event_is_recorded
  after insert on app.orders
  for each row
  execute function app.order_event_is_recorded();
