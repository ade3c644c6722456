-- An object, which merges lines and sorts them by itself and, unlike text, the same under every collation. A loop, because
-- every create of several lines pays for it: a query over two lines takes 5 % more of a create.
create or replace function api.canonical_truck_lines(p_truck_lines jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_lines jsonb := jsonb '{}';
  v_truck text;
begin
  for v_line in 0..jsonb_array_length(p_truck_lines) - 1 loop
    v_truck := ((p_truck_lines->v_line) - 'quantity')::text;
    v_lines := v_lines
      || jsonb_build_object(v_truck, (p_truck_lines->v_line->>'quantity')::integer + coalesce((v_lines->>v_truck)::integer, 0));
  end loop;
  if v_lines = jsonb_build_object(v_truck, v_lines->v_truck) then -- one truck after all
    return jsonb_build_array(v_truck::jsonb || jsonb_build_object('quantity', v_lines->v_truck));
  end if;
  return v_lines;
end
$$;

comment on function api.canonical_truck_lines(jsonb) is
  'Truck lines of one meaning in one form: how many of each truck, which is its line without the quantity; of one truck alone its single line.';
