-- A shard is written to by a session of the coordinator's, as whoever owns the tables: what the coordinator has found out
-- goes before it (api.carry_actor).
create or replace function api.event_actor()
returns text
language sql
stable
as $$
  select coalesce(
    case when session_user in ('weelo_rest', 'weelo_graphql')
        or current_setting('application_name') like 'citus_internal%'
          and session_user = (select c.relowner::regrole::text from pg_class c where c.oid = 'app.orders'::regclass)
      then nullif(current_setting('app.actor', true), '') end,
    session_user)
$$;

comment on function api.event_actor() is
  'Who makes a move, as its event records it: whom one of the service''s logins, or the coordinator, has named for this transaction, else the session user.';
