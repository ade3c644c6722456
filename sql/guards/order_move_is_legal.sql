-- Judges from what is true now, not from what was last stored: an order whose search has run out can only become, in
-- status, times, counts and amount, what the clock has made of it, and gets no second window. Also the one place that dates a move.
-- The columns are compared here for the reason of closed_order_never_changes.
create or replace function app.order_move_is_legal()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_true app.orders;
begin
  if (old.status, old.created_at, old.expires_at, old.trucks_requested, old.trucks_filled, old.trucks_total, old.total_amount)
    is not distinct from
    (new.status, new.created_at, new.expires_at, new.trucks_requested, new.trucks_filled, new.trucks_total, new.total_amount)
  then
    return new;
  end if;
  v_true := api.order_at(row(old.*)::app.orders, v_now);
  if v_true.status <> old.status then
    if (new.status, new.created_at, new.expires_at, new.trucks_requested, new.trucks_filled, new.trucks_total, new.total_amount)
      is not distinct from (v_true.status, v_true.created_at, v_true.expires_at, v_true.trucks_requested,
        v_true.trucks_filled, v_true.trucks_total, v_true.total_amount)
    then
      new.updated_at := v_true.updated_at;
      return new;
    end if;
  elsif new.status = old.status or exists (
    select from app.order_transitions m
    where m.from_status = old.status and m.to_status = new.status and not m.is_by_clock_only
  ) then
    new.updated_at := v_now;
    return new;
  end if;
  raise exception using
    errcode = 'OR409',
    constraint = 'order_move_is_legal',
    message = format('An order that is %s with %s trucks cannot become %s with %s',
      v_true.status, v_true.trucks_filled, new.status, new.trucks_filled),
    detail = json_build_object('orderId', old.id, 'from', v_true.status, 'to', new.status)::text,
    hint = 'The legal moves are the rows of app.order_transitions; a search that has run out takes no more trucks.';
end
$$;

comment on function app.order_move_is_legal() is
  'Refuses order_move_is_legal (OR409) unless app.order_transitions allows the move from the true status; sets updated_at.';

create or replace trigger order_move_is_legal
  before update on app.orders
  for each row
  execute function app.order_move_is_legal();
