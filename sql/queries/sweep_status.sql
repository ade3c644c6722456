create or replace function api.sweep_status()
returns table (name text, started_at timestamptz, finished_at timestamptz, closed_count integer, due_count integer, oldest_due_seconds integer)
language sql
stable
security definer
set search_path = ''
as $$
  select known.name, s.started_at, s.finished_at, s.closed_count, due.orders, due.oldest_seconds
  from (values ('expire_due_orders')) known(name)
  left join app.sweeps s on s.name = known.name
  cross join (
    select count(*)::integer as orders, coalesce(max(d.due_seconds), 0) as oldest_seconds
    from api.due_orders d) due
$$;

comment on function api.sweep_status() is
  'One row per kind of sweep: its last call, how many orders that closed, how many are due now, and for how many seconds the oldest has been. Nulls when it has never run.';
