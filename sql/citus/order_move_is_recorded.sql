-- A row at a time: a shard has only triggers of rows.
create or replace function app.order_move_is_recorded()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if old.status is distinct from new.status then
    insert into app.order_events (customer_id, order_id, from_status, to_status, trucks_filled, trucks_total, actor, reason, occurred_at)
    values (new.customer_id, new.id, old.status, new.status, new.trucks_filled, new.trucks_total,
      case when old.is_open and new.updated_at = old.expires_at then 'clock' else api.event_actor() end,
      new.cancel_reason, new.updated_at);
  end if;
  return null;
end
$$;

comment on function app.order_move_is_recorded() is 'Appends one row to app.order_events for every move of an order.';

create or replace trigger order_move_is_recorded
  after update of status on app.orders
  for each row
  execute function app.order_move_is_recorded();
