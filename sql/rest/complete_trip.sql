create or replace function rest.complete_trip(p_transporter_id uuid, p_trip_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform rest.own_trip(p_transporter_id, p_trip_id);
  return rest.trip_answer(api.complete_trip(p_trip_id, 'The transporter says that the truck has arrived'));
end
$$;

comment on function rest.complete_trip(uuid, uuid) is
  'POST /trips/:id/complete: api.complete_trip for its transporter. Another''s trip is trip_is_known (OR404).';
