create or replace function rest.trip_answer(p_trip api.trips)
returns text
language sql
stable
begin atomic
  select json_build_object('success', true, 'data', json_build_object('trip', rest.trip_json(p_trip)))::text;
end;

comment on function rest.trip_answer(api.trips) is 'What every command of a transporter answers: the trip as it is now.';
