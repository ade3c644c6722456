-- What api.content_hash was while it hashed one JSON array. Orders placed until then carry it, and a phone's queue repeats a
-- create long after; the next release may drop it.
create or replace function api.former_content_hash(
  p_pickup jsonb, p_drop jsonb, p_stops jsonb, p_truck_lines jsonb, p_distance_km integer,
  p_goods_type text, p_cargo_weight_kg integer, p_scheduled_at timestamptz)
returns bytea
language sql
immutable
begin atomic
  select sha256(convert_to(jsonb_build_array(
    array[p_pickup->>'latitude', p_pickup->>'longitude', p_drop->>'latitude', p_drop->>'longitude']::numeric(400, 5)[],
    case when p_stops <> '[]' then api.canonical_stops(p_stops) end,
    (select jsonb_object_agg(t.truck, t.quantity)
     from (select jsonb_build_array(l.line->>'vehicle_type', l.line->>'vehicle_subtype',
               (l.line->>'price_per_truck')::integer)::text as truck,
             sum((l.line->>'quantity')::integer) as quantity
           from jsonb_array_elements(p_truck_lines) as l(line)
           group by 1) t),
    p_distance_km, p_goods_type, p_cargo_weight_kg, extract(epoch from p_scheduled_at))::text, 'UTF8'));
end;

comment on function api.former_content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz) is
  'SHA-256 of what an order means, as orders placed under the release before carry it. Only for their replays.';
