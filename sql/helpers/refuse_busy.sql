-- The trip in the way may be another transporter's: the hint, which only people at psql and admins read, names it.
create or replace function api.refuse_busy(p_trip app.trips, p_rule text, p_who text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = p_rule,
    message = format('This %s is on another trip', p_who),
    hint = format('Complete or withdraw trip %s first, or send another %s.', p_trip.id, p_who);
end
$$;

comment on function api.refuse_busy(app.trips, text, text) is
  'Always refuses one_live_trip_per_vehicle or one_live_trip_per_driver (OR409), whichever the caller has found broken.';
