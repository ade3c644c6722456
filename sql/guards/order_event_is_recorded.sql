-- A trigger, so that no writer can forget it. Who did it: the clock, when the guard has dated the move at the end of the
-- search, whoever noticed; else whom one of the service's own logins has named for this transaction (app.actor); by hand
-- the session user, whatever that person has set.
create or replace function app.order_event_is_recorded()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_actor text := coalesce(
    case when session_user in ('weelo_rest', 'weelo_graphql') then nullif(current_setting('app.actor', true), '') end,
    session_user);
begin
  if tg_op = 'INSERT' then
    insert into app.order_events (customer_id, order_id, to_status, actor, occurred_at)
    values (new.customer_id, new.id, new.status, v_actor, new.created_at);
  elsif old.status is distinct from new.status then
    insert into app.order_events (customer_id, order_id, from_status, to_status, actor, reason, occurred_at)
    values (new.customer_id, new.id, old.status, new.status,
      case when old.is_open and new.updated_at = old.expires_at then 'clock' else v_actor end,
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
