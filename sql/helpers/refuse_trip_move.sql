create or replace function api.refuse_trip_move(p_trip app.trips, p_to_status text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'trip_move_is_legal',
    message = format('A trip that is %s cannot become %s', p_trip.status, p_to_status),
    detail = json_build_object('tripId', p_trip.id, 'from', p_trip.status, 'to', p_to_status)::text,
    hint = 'An accepted trip can start or be withdrawn, a started one can only be completed, and one that has ended stays as it is.';
end
$$;

comment on function api.refuse_trip_move(app.trips, text) is
  'Always refuses trip_move_is_legal (OR409): the same words whether a command or the guard refuses.';
