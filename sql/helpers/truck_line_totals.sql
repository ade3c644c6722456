-- Where it is as before migration 000005's release.
do $$
begin
  if (select not 'line_numbers' = any (p.proargnames) from pg_catalog.pg_proc p where p.oid = to_regprocedure('api.truck_line_totals(jsonb)')) then
    drop function api.truck_line_totals(jsonb);
  end if;
end
$$;

-- A loop, because every create pays for it: a query over one or two lines costs twice as many instructions. The quantities
-- are an object, which merges and sorts lines by itself and, unlike text, the same under every collation.
create or replace function api.truck_line_totals(
  p_truck_lines jsonb, out line_numbers integer[], out amount integer, out quantities jsonb)
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_line jsonb;
  v_quantity integer;
  v_price integer;
  v_truck text;
begin
  line_numbers := '{}';
  amount := 0;
  quantities := '{}';
  for v_number in 0..jsonb_array_length(p_truck_lines) - 1 loop
    v_line := p_truck_lines->v_number;
    v_quantity := v_line->>'quantity';
    v_price := v_line->>'price_per_truck';
    line_numbers := line_numbers || array_fill(v_number, array[v_quantity]);
    amount := amount + v_quantity * v_price;
    v_truck := jsonb_build_array(v_line->>'vehicle_type', v_line->>'vehicle_subtype', v_price);
    quantities := quantities || jsonb_build_object(v_truck, v_quantity + coalesce(quantities->>v_truck, '0')::integer);
  end loop;
end
$$;

comment on function api.truck_line_totals(jsonb) is
  'What truck lines ask for: for each truck the index of its line, what they cost together in whole rupees, and how many of each [type, subtype, price].';
