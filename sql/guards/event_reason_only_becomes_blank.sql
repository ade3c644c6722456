-- What else an event says is kept by order_events_are_append_only. A trigger for updates alone: what appends pays nothing.
create or replace function app.event_reason_only_becomes_blank()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.reason is null and not exists (
    select from app.orders o where o.customer_id = old.customer_id and o.id = old.order_id and o.is_live)
  then
    return new;
  end if;
  raise exception using
    errcode = 'OR409',
    constraint = 'event_reason_only_becomes_blank',
    message = 'The reason of an event only becomes blank, and only once its order is over',
    detail = json_build_object('orderId', old.order_id, 'eventId', old.id)::text,
    hint = 'What happened stays. api.erase_customer blanks what is personal of all that a customer has ordered.';
end
$$;

comment on function app.event_reason_only_becomes_blank() is
  'Refuses event_reason_only_becomes_blank (OR409): the reason of an event only becomes null, and only once its order is over.';

create or replace trigger event_reason_only_becomes_blank
  before update of reason on app.order_events
  for each row when (old.reason is distinct from new.reason)
  execute function app.event_reason_only_becomes_blank();
