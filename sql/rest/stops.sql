-- Pickup and drop have fields of their own; what routePoints repeats of them is ignored, never compared: the phone's
-- queue adds them, its direct call does not.
create or replace function rest.stops(p_route_points jsonb)
returns jsonb
language sql
immutable
begin atomic
  select coalesce(jsonb_agg(p.point - 'type' order by p.ordinality), '[]')
  from jsonb_array_elements(p_route_points) with ordinality as p(point, ordinality)
  where p.point->>'type' = 'STOP';
end;

comment on function rest.stops(jsonb) is 'The STOP points of routePoints as api.create_order wants its stops; [] when there are none.';
