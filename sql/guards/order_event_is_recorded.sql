-- A trigger, so that no writer can forget it. The actor is the clock when the guard has dated the move at the end of the
-- search, whoever noticed.
create or replace function app.order_event_is_recorded()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    insert into app.order_events (customer_id, order_id, to_status, trucks_filled, trucks_total, actor, occurred_at)
    values (new.customer_id, new.id, new.status, new.trucks_filled, new.trucks_total, api.event_actor(), new.created_at);
  elsif old.status is distinct from new.status then
    insert into app.order_events (customer_id, order_id, from_status, to_status, trucks_filled, trucks_total, actor, reason, occurred_at)
    values (new.customer_id, new.id, old.status, new.status, new.trucks_filled, new.trucks_total,
      case when old.is_open and new.updated_at = old.expires_at then 'clock' else api.event_actor() end,
      new.cancel_reason, new.updated_at);
  end if;
  return null;
end
$$;

comment on function app.order_event_is_recorded() is 'Appends one row to app.order_events for the creation and for every move of an order.';

create or replace trigger order_event_is_recorded
  after insert or update of status on app.orders
  for each row
  execute function app.order_event_is_recorded();
