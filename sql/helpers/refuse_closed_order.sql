create or replace function api.refuse_closed_order(p_order app.orders)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'order_is_open',
    message = format('The order is %s and takes no more trucks', p_order.status),
    detail = json_build_object('orderId', p_order.id, 'status', p_order.status)::text,
    hint = 'Take another truck request: select * from api.open_truck_requests();';
end
$$;

comment on function api.refuse_closed_order(app.orders) is
  'Always refuses order_is_open (OR409), with the status that the caller has found.';
