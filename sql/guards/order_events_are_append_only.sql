create or replace function app.order_events_are_append_only()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'order_events_are_append_only',
    message = format('app.order_events is append only: %s is refused', lower(tg_op)),
    hint = 'What happened stays. Since every order has events, no order can be deleted either.';
end
$$;

comment on function app.order_events_are_append_only() is 'Refuses order_events_are_append_only (OR409): no event is ever changed or removed.';

create or replace trigger order_events_are_append_only
  before update or delete or truncate on app.order_events
  for each statement
  execute function app.order_events_are_append_only();
