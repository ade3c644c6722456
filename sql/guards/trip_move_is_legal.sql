-- The when clause is the rule and the only list of the moves: a legal one pays nothing.
create or replace function app.trip_move_is_legal()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform api.refuse_trip_move(row(old.*)::app.trips, new.status);
  return null;
end
$$;

comment on function app.trip_move_is_legal() is
  'Refuses trip_move_is_legal (OR409): driver_accepted becomes in_transit, withdrawn or cancelled; in_transit becomes completed; what has ended stays.';

create or replace trigger trip_move_is_legal
  before update of status on app.trips
  for each row when (old.status <> new.status and (old.status, new.status) not in (
    ('driver_accepted', 'in_transit'),
    ('driver_accepted', 'withdrawn'),
    ('driver_accepted', 'cancelled'),
    ('in_transit', 'completed')))
  execute function app.trip_move_is_legal();
