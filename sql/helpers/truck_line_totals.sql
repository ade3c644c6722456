-- Limits on the lines themselves live here because the lines are not stored: one row per truck is.
create or replace function api.truck_line_totals(p_truck_lines jsonb, out trucks integer, out amount integer)
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_line_count integer;
  v_quantities_fit boolean;
begin
  select count(*), bool_and(coalesce(l.quantity between 1 and 100, false)), sum(l.quantity), sum(l.quantity * l.price_per_truck)
  into v_line_count, v_quantities_fit, trucks, amount
  from jsonb_to_recordset(p_truck_lines) as l(quantity bigint, price_per_truck bigint);
  if v_line_count not between 1 and 60 or not v_quantities_fit then
    raise exception using
      errcode = 'OR400',
      constraint = 'order_has_1_to_60_truck_lines_of_1_to_100',
      message = 'An order has 1 to 60 truck lines, each for 1 to 100 trucks',
      hint = 'Pass p_truck_lines as [{"vehicle_type": "open", "vehicle_subtype": "17 Feet", "quantity": 1, "price_per_truck": 3555}].';
  end if;
end
$$;

comment on function api.truck_line_totals(jsonb) is
  'How many trucks the lines ask for and what they cost, in whole rupees. Refuses order_has_1_to_60_truck_lines_of_1_to_100 (OR400).';
