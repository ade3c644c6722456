-- Roles belong to the whole cluster, so they are made here and never in a migration. Safe to run again, and from
-- several databases at once. The two logins of the service get their passwords from an operator in production, elsewhere
-- from the service; people's own logins are granted weelo_reader or weelo_operator.

do $$
declare
  v_role text;
begin
  foreach v_role in array array[
    'weelo_rest',     -- login of the public listener
    'weelo_graphql',  -- login of the admin listener; takes on one of the next two for each request
    'weelo_admin',    -- sees every order, may cancel, sweep and change settings
    'weelo_support',  -- sees every order
    'weelo_reader',   -- for people at psql: reads everything
    'weelo_operator'  -- for people at psql: reads and commands through schema api
  ] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = v_role) then
      begin
        execute format('create role %I nologin noinherit', v_role);
      exception when duplicate_object or unique_violation then
        null; -- another database of this cluster made it a moment ago
      end;
    end if;
  end loop;
  foreach v_role in array array['weelo_admin', 'weelo_support'] loop
    if not exists (
      select from pg_catalog.pg_auth_members m
      where m.roleid = v_role::regrole and m.member = 'weelo_graphql'::regrole)
    then
      begin
        execute format('grant %I to weelo_graphql', v_role);
      exception when unique_violation then
        null;
      end;
    end if;
  end loop;
end
$$;

-- A row that somebody holds must not hold the phones, and after them every session of the service. Half a second is ten
-- times what a create waits for a rival, and short enough that a burst of taps on a held order starves nobody else.
-- An admin's query ends after three seconds, so that a careless one costs the phones little.
do $$
declare
  v_limits record;
begin
  for v_limits in
    select l.role, l.name, l.value
    from (values
      ('weelo_rest', 'lock_timeout', '500ms'),
      ('weelo_rest', 'statement_timeout', '5s'),
      ('weelo_rest', 'idle_in_transaction_session_timeout', '5s'),
      ('weelo_graphql', 'lock_timeout', '500ms'),
      ('weelo_graphql', 'statement_timeout', '3s'),
      ('weelo_graphql', 'idle_in_transaction_session_timeout', '5s')) l(role, name, value)
    join pg_catalog.pg_roles r on r.rolname = l.role
    where not coalesce(array[l.name || '=' || l.value] <@ r.rolconfig, false)
  loop
    execute format('alter role %I set %I = %L', v_limits.role, v_limits.name, v_limits.value);
  end loop;
end
$$;

-- Every function made from here on is closed to PUBLIC. The form "in schema x" would do nothing: it can only add.
alter default privileges revoke execute on functions from public;
