create or replace function rest.check_active(p_customer_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp(); -- before the look, so that an order it finds has a second left
  v_order app.orders;
begin
  select o.* into v_order from api.open_order(p_customer_id) o;
  if v_order.id is null then
    return '{"success":true,"data":{"hasActiveOrder":false}}';
  end if;
  return json_build_object('success', true, 'data', json_build_object(
    'hasActiveOrder', true,
    'activeOrder', api.active_order_facts(v_order, v_now)))::text;
end
$$;

comment on function rest.check_active(uuid) is
  'GET /orders/check-active: the order that would refuse a create now, or none. False once every truck is found.';
