create or replace function api.refuse_live_order(p_order app.orders)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'customer_has_no_live_order',
    message = format('Order %s is %s: nothing of this customer was erased', p_order.id, p_order.status),
    detail = json_build_object('orderId', p_order.id, 'status', p_order.status)::text,
    hint = 'Cancel it with api.cancel_order_by_id, or end its trips with api.complete_trip or api.withdraw_trip; then erase again.';
end
$$;

comment on function api.refuse_live_order(app.orders) is
  'Always refuses customer_has_no_live_order (OR409), with the order that is in the way.';
