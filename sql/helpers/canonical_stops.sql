create or replace function api.canonical_stops(p_stops jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(jsonb_build_array(
      round((s.place->>'latitude')::numeric, 5), round((s.place->>'longitude')::numeric, 5),
      lower(btrim(s.place->>'address'))) order by s.ordinality)
    from jsonb_array_elements(p_stops) with ordinality as s(place, ordinality));
end
$$;

comment on function api.canonical_stops(jsonb) is
  'Stops of one meaning in one form. A stop typed by hand has no other identity than its address.';
