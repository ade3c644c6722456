-- Who may call what, from nothing: what PUBLIC or the REST login holds in these schemas beyond this page is taken away at
-- the next load. The REST login reaches the functions below, which run as their owner: no table, no function of api or app, no temporary table.
-- What PostgreSQL gives to every login (advisory locks, notify, large objects) only a superuser can take away.

revoke all on schema app, api, rest from public, weelo_rest;
revoke all on all tables in schema app, api, rest from public, weelo_rest;
revoke all on all sequences in schema app, api, rest from public, weelo_rest;
revoke all on all functions in schema app, api, rest from public, weelo_rest;

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
