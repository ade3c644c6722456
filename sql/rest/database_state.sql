-- A database that only reads (a replica, or a primary that was made one) answers every question and refuses every create.
create or replace function rest.database_state()
returns table (schema_version text, sql_layers text[], last_sweep_at timestamptz, is_sweep_late boolean, oldest_due_seconds integer)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean then
    raise exception using
      errcode = 'read_only_sql_transaction',
      message = 'This database only reads',
      hint = 'It is a replica, or default_transaction_read_only is on.';
  end if;
  return query select
    (select max(left(m.filename, 6)) from graphile_migrate.migrations m),
    array(select l.layer from app.sql_layers l order by l.loaded_at desc),
    (select s.finished_at from app.sweeps s where s.name = 'expire_due_orders'),
    api.is_sweep_late(),
    api.oldest_due_seconds();
end
$$;

comment on function rest.database_state() is
  'For the readiness check: the newest migration''s number, every state of sql/ that was loaded (the one that runs first), when a sweep last ran, whether the next is late, and for how many seconds the oldest due order has waited for one. Refuses where nothing can be written (25006).';
