// Who may do what.
import { type Mutations, roles, withSql } from './kit.ts'

export const rights: Mutations = [
  ...[
    ['a table for support', 'grant select on app.orders to weelo_support'],
    ['a transporter’s command for admins', 'grant execute on function api.accept_truck_request to weelo_admin'],
    ['who is stuck for support', 'grant select on api.stuck_trips to weelo_support'],
    ['a column for admins', 'grant select (content_hash) on app.orders to weelo_admin'],
    ['the schema of the tables for an operator', 'grant usage on schema app to weelo_operator'],
    ['the schema of the worker for a reader', 'grant usage on schema graphile_worker to weelo_reader'],
    ['a table of the worker for admins', 'grant select on all tables in schema graphile_worker to weelo_admin'],
    ['a command for support', 'grant execute on function api.expire_due_orders to weelo_support'],
    ['a command for a reader', 'grant execute on function api.change_settings to weelo_reader'],
    [
      'a command for the login of the admin listener',
      'grant execute on function api.cancel_order_by_id to weelo_graphql',
    ],
    ['a helper for everybody', 'grant execute on function api.lock_order to public'],
    ['a view that can be written through', 'grant update on api.settings to weelo_admin'],
    ['a sequence for an operator', 'grant usage on sequence app.order_events_id_seq to weelo_operator'],
    ['a new view', 'create view api.stranger as select 1 as one; grant select on api.stranger to weelo_support'],
    [
      'a new function',
      "create function api.stranger() returns integer language sql as 'select 1'; grant execute on function api.stranger to weelo_admin",
    ],
    ['a new table for a reader', 'create table app.stranger (x integer); grant select on app.stranger to weelo_reader'],
    [
      'a new column of a view',
      `do $$ begin execute 'create or replace view api.orders as ' ||
         replace(pg_get_viewdef('api.orders'), 'FROM app.orders o', ', o.idempotency_key FROM app.orders o'); end $$`,
    ],
  ].map(([rule = '', sql = '']) => withSql(`nobody has more: ${rule}`, [roles], sql)),
  ...[
    ['a view', 'revoke select on api.order_events from weelo_support'],
    ['a function that a view calls', 'revoke execute on function api.status_at from weelo_support'],
    ['a command', 'revoke execute on function api.create_order from weelo_operator'],
    ['a command for stuck trips', 'revoke execute on function api.withdraw_trip from weelo_admin'],
    ['the trips', 'revoke select on api.trips from weelo_support'],
    ['a table', 'revoke select on app.sweeps from weelo_reader'],
    ['the rights of its owner, for a view', 'alter view api.orders set (security_invoker = true)'],
    ['the rights of its owner, for a function that a view calls', 'alter function api.order_at security invoker'],
    ['the rights of its owner, for a query', 'alter function api.order_timeline security invoker'],
    ['a command for a dispute', 'revoke execute on function api.dispute_cancel from weelo_operator'],
    ['the rights of its owner, for a dispute', 'alter function api.dispute_cancel security invoker'],
    ['the rights of its owner, for a command', 'alter function api.change_settings security invoker'],
  ].map(([rule = '', sql = '']) => withSql(`everybody has theirs: ${rule}`, [roles], sql)),
]
