-- Where it takes what api.truck_line_totals made of the truck lines, as before that was dropped.
do $$
begin
  if (select 'p_quantities' = any (p.proargnames) from pg_catalog.pg_proc p
      where p.oid = to_regprocedure('api.content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz)')) then
    drop function api.content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz);
  end if;
end
$$;

-- Two bodies that mean the same order hash the same, however the JSON is written: the phone's queue replays a create
-- with other JSON under the same key. Addresses of pickup and drop are left out, because the phone's geocoder words
-- one place differently from call to call.
-- %L is for what is free text, so that no two meanings have one text. One expression without a query, so that it is inlined
-- into a create's insert (were it declared immutable, which format is not, it would not be); what most orders do not have (a
-- stop, a second truck line) is a call. It takes 4 % of a create.
create or replace function api.content_hash(
  p_pickup jsonb, p_drop jsonb, p_stops jsonb, p_truck_lines jsonb, p_distance_km integer,
  p_goods_type text, p_cargo_weight_kg integer, p_scheduled_at timestamptz)
returns bytea
language sql
stable
begin atomic
  select sha256(convert_to(format('%s %s %s %s %s %s %s %L %s %s',
    round((p_pickup->>'latitude')::numeric, 5), round((p_pickup->>'longitude')::numeric, 5),
    round((p_drop->>'latitude')::numeric, 5), round((p_drop->>'longitude')::numeric, 5),
    case when p_stops <> '[]' then api.canonical_stops(p_stops) end,
    case when jsonb_array_length(p_truck_lines) = 1
      then format('%L %L %s %s', p_truck_lines#>>'{0,vehicle_type}', p_truck_lines#>>'{0,vehicle_subtype}',
        p_truck_lines#>>'{0,price_per_truck}', p_truck_lines#>>'{0,quantity}')
      else api.canonical_truck_lines(p_truck_lines) end,
    p_distance_km, p_goods_type, p_cargo_weight_kg, extract(epoch from p_scheduled_at)), 'UTF8'));
end;

comment on function api.content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz) is
  'SHA-256 of what an order means: coordinates to 5 decimals, stops, truck lines, distance, goods, weight, schedule.';
