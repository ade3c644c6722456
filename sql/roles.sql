-- Roles belong to the whole cluster, so they are made here and never in a migration. Safe to run again, and from
-- several databases at once. In production an operator gives the logins their passwords; elsewhere the service does.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'weelo_rest') then
    create role weelo_rest nologin noinherit;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of this cluster made it a moment ago
end
$$;

-- A row that somebody holds must not hold the phones, and after them every session of the service. Half a second is ten
-- times what a create waits for a rival, and short enough that a burst of taps on a held order starves nobody else.
do $$
begin
  if not coalesce((
    select r.rolconfig @> array['lock_timeout=500ms', 'statement_timeout=5s', 'idle_in_transaction_session_timeout=5s']
    from pg_catalog.pg_roles r where r.rolname = 'weelo_rest'), false)
  then
    alter role weelo_rest set lock_timeout = '500ms';
    alter role weelo_rest set statement_timeout = '5s';
    alter role weelo_rest set idle_in_transaction_session_timeout = '5s';
  end if;
end
$$;

-- Every function made from here on is closed to PUBLIC. The form "in schema x" would do nothing: it can only add.
alter default privileges revoke execute on functions from public;
