-- Who may call what, from nothing: what PUBLIC or one of our roles holds in these schemas beyond this page is taken away
-- at the next load. Commands run as their owner, so nobody here needs a right to write a table.
-- What PostgreSQL gives to every login (advisory locks, notify, large objects) only a superuser can take away.

revoke all on schema app, api, rest from public, weelo_rest, weelo_graphql, weelo_admin, weelo_support, weelo_reader, weelo_operator;
revoke all on all tables in schema app, api, rest from public, weelo_rest, weelo_graphql, weelo_admin, weelo_support, weelo_reader, weelo_operator;
revoke all on all sequences in schema app, api, rest from public, weelo_rest, weelo_graphql, weelo_admin, weelo_support, weelo_reader, weelo_operator;
revoke all on all functions in schema app, api, rest from public, weelo_rest, weelo_graphql, weelo_admin, weelo_support, weelo_reader, weelo_operator;

-- The phones: functions that run as their owner, and nothing else.
grant usage on schema rest to weelo_rest;
grant execute on function
  rest.create_order,
  rest.check_active,
  rest.order_status,
  rest.order_detail,
  rest.list_orders,
  rest.cancel_order,
  rest.cancel_preview,
  rest.dispute_cancel,
  rest.booking,
  rest.list_bookings,
  rest.booking_trucks,
  rest.cancel_booking,
  rest.tracking,
  rest.readiness,
  rest.database_state,
  rest.metrics,
  rest.order_counts
to weelo_rest;

-- Transporters' phones, and what is told to those that listen.
grant execute on function
  rest.open_truck_requests,
  rest.accept_truck_request,
  rest.start_trip,
  rest.complete_trip,
  rest.withdraw_trip,
  rest.list_trips,
  rest.joined_order,
  rest.newer_orders,
  rest.live_events,
  rest.close_due_orders
to weelo_rest;

-- The admin listener's own login: its health check and metrics. Everything else it does as weelo_admin or weelo_support.
grant usage on schema rest to weelo_graphql;
grant execute on function rest.readiness, rest.database_state, rest.metrics, rest.order_counts, rest.seconds_behind to weelo_graphql;

-- Admins and support, in GraphQL: what is true of every order. The functions are those that the views call.
grant usage on schema api to weelo_admin, weelo_support, weelo_reader, weelo_operator;
grant select on api.orders, api.truck_requests, api.trips, api.disputes, api.order_events, api.settings, api.order_statuses
to weelo_admin, weelo_support, weelo_reader, weelo_operator;
grant execute on function
  api.status_at,
  api.order_at,
  api.seconds_left,
  api.truck_request_status
to weelo_admin, weelo_support, weelo_reader, weelo_operator;
grant execute on function
  api.explain_customer,
  api.order_timeline,
  api.sweep_status,
  api.order_counts
to weelo_admin, weelo_support, weelo_reader, weelo_operator;

-- People at psql ask these too.
grant select on api.active_orders, api.due_orders, api.stuck_trips to weelo_reader, weelo_operator;
grant execute on function api.active_order, api.open_truck_requests, api.health to weelo_reader, weelo_operator;

-- Readers also see what is stored.
grant usage on schema app to weelo_reader;
grant select on all tables in schema app to weelo_reader;

-- Who may do something.
grant execute on function
  api.cancel_order_by_id,
  api.complete_trip,
  api.withdraw_trip,
  api.expire_due_orders,
  api.erase_customer,
  api.change_settings
to weelo_admin, weelo_operator;
grant execute on function
  api.create_order,
  api.cancel_order,
  api.cancel_search,
  api.dispute_cancel,
  api.accept_truck_request,
  api.start_trip,
  api.erase_old_orders
to weelo_operator;
