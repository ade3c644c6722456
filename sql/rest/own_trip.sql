-- Whose a trip is never changes, so the look and the move that follows need no lock between them.
create or replace function rest.own_trip(p_transporter_id uuid, p_trip_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if not exists (select from app.trips t where t.id = p_trip_id and t.transporter_id = p_transporter_id) then
    perform api.refuse_unknown_trip();
  end if;
  perform set_config('app.actor', 'transporter ' || p_transporter_id, true);
end
$$;

comment on function rest.own_trip(uuid, uuid) is
  'Lets a transporter go on with a trip of their own, and names them as the actor. Refuses trip_is_known (OR404).';
