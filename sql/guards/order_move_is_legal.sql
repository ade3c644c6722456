-- Judges the move from what is true now, not from what was last stored: an order whose search has run out can only
-- become what the clock has made of it. Also the one place that dates a move.
create or replace function app.order_move_is_legal()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_from text := api.status_at(old, v_now);
begin
  if new.status = v_from then
    new.updated_at := old.expires_at;
    return new;
  end if;
  if exists (
    select from app.order_transitions m
    where m.from_status = v_from and m.to_status = new.status and not m.is_by_clock_only
  ) then
    new.updated_at := v_now;
    return new;
  end if;
  raise exception using
    errcode = 'OR409',
    constraint = 'order_move_is_legal',
    message = format('An order that is %s cannot become %s', v_from, new.status),
    detail = json_build_object('orderId', old.id, 'from', v_from, 'to', new.status)::text,
    hint = 'The legal moves are the rows of app.order_transitions.';
end
$$;

comment on function app.order_move_is_legal() is
  'Refuses order_move_is_legal (OR409) unless app.order_transitions allows the move from the true status; sets updated_at.';

create or replace trigger order_move_is_legal
  before update on app.orders
  for each row when (old.status is distinct from new.status)
  execute function app.order_move_is_legal();
