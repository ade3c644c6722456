-- What is personal may still become blank: the reason of a cancel here, the rest by personal_facts_only_become_blank. The
-- columns are compared here and not in the when clause, whose text every create copies and every cancel reads anew.
create or replace function app.closed_order_never_changes()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if (old.status, old.created_at, old.updated_at, old.expires_at, old.trucks_requested, old.trucks_total, old.trucks_filled, old.total_amount, old.cancel_reason)
    is distinct from
    (new.status, new.created_at, new.updated_at, new.expires_at, new.trucks_requested, new.trucks_total, new.trucks_filled, new.total_amount, coalesce(new.cancel_reason, old.cancel_reason))
  then
    raise exception using
      errcode = 'OR409',
      constraint = 'closed_order_never_changes',
      message = format('The order is %s: its status, times, counts and amounts are final, and a reason only becomes blank', old.status),
      detail = json_build_object('orderId', old.id, 'status', old.status)::text,
      hint = 'Place a new order instead.';
  end if;
  return new;
end
$$;

comment on function app.closed_order_never_changes() is
  'Refuses closed_order_never_changes (OR409): an expired, cancelled or completed order keeps its status, times, counts and amounts; the reason of its cancel only becomes null.';

create or replace trigger closed_order_never_changes
  before update on app.orders
  for each row when (not old.is_live)
  execute function app.closed_order_never_changes();
