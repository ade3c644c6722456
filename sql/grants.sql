-- Who may call what. The REST login reaches the functions below, which run as their owner, and nothing else: no table,
-- no function of api or app, no temporary table.

grant usage on schema rest to weelo_rest;
grant execute on function
  rest.create_order,
  rest.check_active,
  rest.order_status,
  rest.order_detail,
  rest.list_orders,
  rest.cancel_order,
  rest.cancel_preview,
  rest.readiness
to weelo_rest;
