create or replace function rest.truck_lines(p_vehicle_requirements jsonb)
returns jsonb
language sql
immutable
begin atomic
  select jsonb_agg(jsonb_build_object(
    'vehicle_type', l.line->'vehicleType', 'vehicle_subtype', l.line->'vehicleSubtype',
    'quantity', l.line->'quantity', 'price_per_truck', l.line->'pricePerTruck') order by l.ordinality)
  from jsonb_array_elements(p_vehicle_requirements) with ordinality as l(line, ordinality);
end;

comment on function rest.truck_lines(jsonb) is 'vehicleRequirements as api.create_order wants its truck lines.';
