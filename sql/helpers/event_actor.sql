-- Anybody may set app.actor; only the service's own logins are believed, a person at psql is recorded as themselves.
create or replace function api.event_actor()
returns text
language sql
stable
begin atomic
  select coalesce(
    case when session_user in ('weelo_rest', 'weelo_graphql') then nullif(current_setting('app.actor', true), '') end,
    session_user);
end;

comment on function api.event_actor() is
  'Who makes a move, as its event records it: whom one of the service''s logins has named for this transaction, else the session user.';
