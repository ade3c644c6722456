create or replace function rest.withdraw_trip(p_transporter_id uuid, p_trip_id uuid, p_reason text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform rest.own_trip(p_transporter_id, p_trip_id);
  return rest.trip_answer(api.withdraw_trip(p_trip_id, coalesce(nullif(btrim(p_reason), ''), 'The transporter withdrew the truck')));
end
$$;

comment on function rest.withdraw_trip(uuid, uuid, text) is
  'POST /trips/:id/withdraw: api.withdraw_trip for its transporter, whose reason may be left out. Another''s trip is trip_is_known (OR404).';
