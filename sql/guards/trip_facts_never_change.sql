-- The when clause is the rule. What is personal may still become blank: the reason of an end here, the driver by
-- driver_only_becomes_blank.
create or replace function app.trip_facts_never_change()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'trip_facts_never_change',
    message = 'Whose trip it is and what it fills never change, nor does the rest once it has ended',
    detail = json_build_object('tripId', old.id, 'status', old.status)::text,
    hint = 'Withdraw it with api.withdraw_trip and accept the truck request anew.';
end
$$;

comment on function app.trip_facts_never_change() is
  'Refuses trip_facts_never_change (OR409): a trip keeps its order, truck request, transporter and acceptance; an ended one also its vehicle and times, and its reason only becomes null.';

create or replace trigger trip_facts_never_change
  before update on app.trips
  for each row when (
    (old.customer_id, old.order_id, old.id, old.request_number, old.transporter_id, old.created_at)
    is distinct from
    (new.customer_id, new.order_id, new.id, new.request_number, new.transporter_id, new.created_at)
    or not old.is_live and (old.vehicle_number, old.started_at, old.ended_at, old.end_reason)
      is distinct from (new.vehicle_number, new.started_at, new.ended_at, coalesce(new.end_reason, old.end_reason)))
  execute function app.trip_facts_never_change();
