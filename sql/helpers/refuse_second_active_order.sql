create or replace function api.refuse_second_active_order(p_order app.orders, p_at timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'one_active_order_per_customer',
    message = 'The customer already has an active order',
    detail = json_build_object('activeOrder', api.active_order_facts(p_order, p_at))::text,
    hint = format('Cancel it with api.cancel_order(%L, %L), or wait: its search ends in %s s.',
      p_order.customer_id, p_order.id, api.seconds_left(p_order, p_at));
end
$$;

comment on function api.refuse_second_active_order(app.orders, timestamptz) is
  'Always refuses one_active_order_per_customer (OR409); the detail names the order that is in the way.';
