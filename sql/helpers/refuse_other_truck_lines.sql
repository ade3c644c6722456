create or replace function api.refuse_other_truck_lines()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR400',
    constraint = 'order_has_1_to_60_truck_lines_of_1_to_100',
    message = 'An order has 1 to 60 truck lines, each for 1 to 100 trucks',
    hint = 'Pass p_truck_lines as [{"vehicle_type": "open", "vehicle_subtype": "17 Feet", "quantity": 1, "price_per_truck": 3555}].';
end
$$;

comment on function api.refuse_other_truck_lines() is
  'Always refuses order_has_1_to_60_truck_lines_of_1_to_100 (OR400).';
