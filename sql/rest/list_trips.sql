create or replace function rest.list_trips(p_transporter_id uuid, p_page integer, p_limit integer)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_offset integer := (p_page - 1) * p_limit;
  v_total integer := (select count(*) from app.trips t where t.transporter_id = p_transporter_id);
begin
  return json_build_object('success', true, 'data', json_build_object(
    'trips', (
      select coalesce(json_agg(rest.trip_json(page.trip) order by (page.trip).id desc), '[]')
      from (
        select row(t.*)::api.trips as trip
        from api.trips t
        where t.transporter_id = p_transporter_id
        order by t.id desc
        limit p_limit offset v_offset) page),
    'page', p_page,
    'limit', p_limit,
    'total', v_total,
    'hasMore', v_total > v_offset + p_limit))::text;
end
$$;

comment on function rest.list_trips(uuid, integer, integer) is
  'GET /trips: a page of the transporter''s trips, newest first. Pages count from 1.';
