-- For servers of the release before, which call it; goes with the next. Its heir is rest.database_state.
create or replace function rest.readiness()
returns table (schema_version text, last_sweep_at timestamptz, oldest_due_seconds integer)
language sql
stable
security definer
set search_path = ''
as $$
  select
    (select max(left(m.filename, 6)) from graphile_migrate.migrations m),
    (select s.finished_at from app.sweeps s where s.name = 'expire_due_orders'),
    api.oldest_due_seconds()
$$;

comment on function rest.readiness() is
  'For the readiness check: the newest migration''s number, when a sweep last ran, and for how many seconds the oldest due order has waited for one.';
