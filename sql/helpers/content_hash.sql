-- Where it still takes the truck lines, as before migration 000005's release.
do $$
begin
  if (select 'p_truck_lines' = any (p.proargnames) from pg_catalog.pg_proc p
      where p.oid = to_regprocedure('api.content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz)')) then
    drop function api.content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz);
  end if;
end
$$;

-- Two bodies that mean the same order hash the same, however the JSON is written: the phone's queue replays a create
-- with other JSON under the same key. Addresses of pickup and drop are left out, because the phone's geocoder words
-- one place differently from call to call; a stop typed by hand has no other identity than its address.
create or replace function api.content_hash(
  p_pickup jsonb, p_drop jsonb, p_stops jsonb, p_quantities jsonb, p_distance_km integer,
  p_goods_type text, p_cargo_weight_kg integer, p_scheduled_at timestamptz)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_stops jsonb;
begin
  if p_stops <> '[]' then -- most orders have none, and would pay for the query all the same
    v_stops := (
      select jsonb_agg(jsonb_build_array(
        round((s.place->>'latitude')::numeric, 5), round((s.place->>'longitude')::numeric, 5),
        lower(btrim(s.place->>'address'))) order by s.ordinality)
      from jsonb_array_elements(p_stops) with ordinality as s(place, ordinality));
  end if;
  -- 400 digits, so that any number fits, and the table's check refuses what is not on earth
  return sha256(convert_to(jsonb_build_array(
    array[p_pickup->>'latitude', p_pickup->>'longitude', p_drop->>'latitude', p_drop->>'longitude']::numeric(400, 5)[],
    v_stops, p_quantities, p_distance_km, p_goods_type, p_cargo_weight_kg, extract(epoch from p_scheduled_at))::text, 'UTF8'));
end
$$;

comment on function api.content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz) is
  'SHA-256 of what an order means: coordinates to 5 decimals, stops, quantities (api.truck_line_totals), distance, goods, weight, schedule.';
