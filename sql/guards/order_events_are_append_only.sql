-- Every column but reason, which event_reason_only_becomes_blank keeps, so that it can be blanked.
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

comment on function app.order_events_are_append_only() is 'Refuses order_events_are_append_only (OR409): no event is ever removed, or changed but for a reason that becomes blank.';

create or replace trigger order_events_are_append_only
  before update of customer_id, order_id, id, from_status, to_status, actor, occurred_at, recorded_at, trucks_filled, trucks_total,
    trip_id, trip_status or delete or truncate
  on app.order_events
  for each statement
  execute function app.order_events_are_append_only();
