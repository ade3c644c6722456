-- What api.content_hash was before migration 000005's release. Orders placed until then carry it, and a phone's queue repeats
-- a create long after; the next release may drop it. Sorted as the database sorts text.
create or replace function api.former_content_hash(
  p_pickup jsonb, p_drop jsonb, p_stops jsonb, p_truck_lines jsonb, p_distance_km integer,
  p_goods_type text, p_cargo_weight_kg integer, p_scheduled_at timestamptz)
returns bytea
language sql
immutable
begin atomic
  select sha256(convert_to(jsonb_build_array(
    round((p_pickup->>'latitude')::numeric, 5), round((p_pickup->>'longitude')::numeric, 5),
    round((p_drop->>'latitude')::numeric, 5), round((p_drop->>'longitude')::numeric, 5),
    (select jsonb_agg(jsonb_build_array(
         round((s.place->>'latitude')::numeric, 5), round((s.place->>'longitude')::numeric, 5),
         lower(btrim(s.place->>'address'))) order by s.ordinality)
       from jsonb_array_elements(p_stops) with ordinality as s(place, ordinality)),
    (select jsonb_agg(jsonb_build_array(l.vehicle_type, l.vehicle_subtype, l.price_per_truck, l.quantity)
         order by l.vehicle_type, l.vehicle_subtype, l.price_per_truck)
       from (select r.vehicle_type, r.vehicle_subtype, r.price_per_truck, sum(r.quantity) as quantity
             from jsonb_to_recordset(p_truck_lines)
               as r(vehicle_type text, vehicle_subtype text, price_per_truck integer, quantity integer)
             group by 1, 2, 3) l),
    p_distance_km, p_goods_type, p_cargo_weight_kg, extract(epoch from p_scheduled_at))::text, 'UTF8'));
end;

comment on function api.former_content_hash(jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz) is
  'SHA-256 of what an order means, as orders from before migration 000005''s release carry it. Only for their replays.';
