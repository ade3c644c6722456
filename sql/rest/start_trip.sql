create or replace function rest.start_trip(p_transporter_id uuid, p_trip_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform rest.own_trip(p_transporter_id, p_trip_id);
  return rest.trip_answer(api.start_trip(p_trip_id));
end
$$;

comment on function rest.start_trip(uuid, uuid) is
  'POST /trips/:id/start: api.start_trip for its transporter. Another''s trip is trip_is_known (OR404).';
