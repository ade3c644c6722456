drop function if exists api.truck_line_totals(jsonb);

-- An object, which merges lines and sorts them by itself and, unlike text, the same under every collation. A loop, because
-- every create of several lines pays for it: a query over two lines takes 5 % more of a create.
create or replace function api.canonical_truck_lines(p_truck_lines jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_lines jsonb := jsonb '{}';
  v_line jsonb;
  v_truck text;
begin
  for v_number in 0..jsonb_array_length(p_truck_lines) - 1 loop
    v_line := p_truck_lines->v_number;
    v_truck := format('%L %L %s', v_line->>'vehicle_type', v_line->>'vehicle_subtype', v_line->>'price_per_truck');
    v_lines := v_lines || jsonb_build_object(v_truck, (v_line->>'quantity')::integer + coalesce((v_lines->>v_truck)::integer, 0));
  end loop;
  if v_lines = jsonb_build_object(v_truck, v_lines->v_truck) then -- one truck after all: as api.content_hash says a single line
    return format('%s %s', v_truck, v_lines->v_truck);
  end if;
  return v_lines::text;
end
$$;

comment on function api.canonical_truck_lines(jsonb) is
  'Truck lines of one meaning in one form: how many of each type, subtype and price.';
