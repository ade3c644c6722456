-- Roles belong to the whole cluster, so they are made here and never in a migration. Safe to run again, and from
-- several databases at once. The two logins of the service get their passwords from an operator in production, elsewhere
-- from the service; people's own logins are granted weelo_reader or weelo_operator.

do $$
declare
  v_role record;
begin
  for v_role in
    select r.name, r.is_login
    from (values
      ('weelo_rest', true),     -- of the public listener
      ('weelo_graphql', true),  -- of the admin listener; takes on one of the next two for each request
      ('weelo_admin', false),   -- sees every order and trip, may end them, sweep and change settings
      ('weelo_support', false), -- sees every order
      ('weelo_reader', false),  -- for people at psql: reads everything
      ('weelo_operator', false) -- for people at psql: reads and commands through schema api
    ) r(name, is_login)
  loop
    begin
      if not exists (select from pg_catalog.pg_roles r where r.rolname = v_role.name) then
        execute format('create role %I nologin noinherit', v_role.name);
      elsif exists ( -- made by somebody else before us, or changed since
        select from pg_catalog.pg_roles r
        where r.rolname = v_role.name and (r.rolinherit or r.rolcanlogin and not v_role.is_login))
      then
        execute format('alter role %I noinherit %s', v_role.name, case when not v_role.is_login then 'nologin' end);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- another database of this cluster made it a moment ago
    end;
  end loop;
end
$$;

-- May take on these roles, and has none of their rights until it does. Before PostgreSQL 16 its noinherit says so alone.
do $$
declare
  v_role text;
  v_options text := case when current_setting('server_version_num')::integer >= 160000 then 'with inherit false, set true' else '' end;
begin
  foreach v_role in array array['weelo_admin', 'weelo_support'] loop
    if not exists (
      select from pg_catalog.pg_auth_members m
      where m.roleid = v_role::regrole and m.member = 'weelo_graphql'::regrole
        and coalesce(to_jsonb(m)->>'inherit_option', 'false') = 'false')
    then
      begin
        execute format('grant %I to weelo_graphql %s', v_role, v_options);
      exception when unique_violation then
        null;
      end;
    end if;
  end loop;
end
$$;

-- A row that somebody holds must not hold the phones, and after them every session of the service. Half a second is ten
-- times what a create waits for a rival, and short enough that a burst of taps on a held order starves nobody else.
-- No answer takes longer than three seconds, so no statement of a phone longer than two. An admin's query ends after
-- three, so that a careless one costs the phones little. A session whose process vanished is given up after a minute:
-- without that the kernel keeps it for hours, and with it a place.
do $$
declare
  v_limits record;
begin
  for v_limits in
    select l.role, l.name, l.value
    from (values
      ('weelo_rest', 'lock_timeout', '500ms'),
      ('weelo_rest', 'statement_timeout', '2s'),
      ('weelo_rest', 'idle_in_transaction_session_timeout', '5s'),
      ('weelo_rest', 'tcp_keepalives_idle', '30s'),
      ('weelo_rest', 'tcp_keepalives_interval', '10s'),
      ('weelo_rest', 'tcp_keepalives_count', '3'),
      ('weelo_graphql', 'lock_timeout', '500ms'),
      ('weelo_graphql', 'statement_timeout', '3s'),
      ('weelo_graphql', 'idle_in_transaction_session_timeout', '5s'),
      ('weelo_graphql', 'tcp_keepalives_idle', '30s'),
      ('weelo_graphql', 'tcp_keepalives_interval', '10s'),
      ('weelo_graphql', 'tcp_keepalives_count', '3')) l(role, name, value)
    join pg_catalog.pg_roles r on r.rolname = l.role
    where not coalesce(array[l.name || '=' || l.value] <@ r.rolconfig, false)
  loop
    execute format('alter role %I set %I = %L', v_limits.role, v_limits.name, v_limits.value);
  end loop;
end
$$;

-- Every function made from here on is closed to PUBLIC. The form "in schema x" would do nothing: it can only add.
alter default privileges revoke execute on functions from public;
