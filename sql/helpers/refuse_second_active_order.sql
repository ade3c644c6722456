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
    hint = format('Cancel order %1$s, or wait: its search ends in %2$s s. In psql: select * from api.cancel_order_by_id(%1$L, ''why'');',
      p_order.id, api.seconds_left(p_order, p_at));
end
$$;

comment on function api.refuse_second_active_order(app.orders, timestamptz) is
  'Always refuses one_active_order_per_customer (OR409); the detail names the order that is in the way.';
