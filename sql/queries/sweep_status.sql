-- Counts no more than 1,000 orders that are to be erased: after a change of settings there may be millions. The retention is
-- a sub-select, so that the limit ends the scan of the index: a join would read and sort them all first.
create or replace function api.sweep_status()
returns table (name text, started_at timestamptz, finished_at timestamptz, closed_count integer, due_count integer, oldest_due_seconds integer)
language sql
stable
security definer
set search_path = ''
as $$
  select due.name, s.started_at, s.finished_at, s.closed_count, due.orders, due.oldest_seconds
  from (
    select 'expire_due_orders', count(*)::integer, coalesce(max(d.due_seconds), 0)
    from api.due_orders d
    union all
    select 'erase_old_orders', count(*)::integer, coalesce(max(old.seconds), 0)
    from (
      select ceil(extract(epoch from statement_timestamp() - o.created_at - (select s.retention from app.settings s)))::integer as seconds
      from app.orders o
      where not o.is_live and o.erased_at is null and o.created_at < statement_timestamp() - (select s.retention from app.settings s)
      order by o.created_at
      limit 1000) old) due(name, orders, oldest_seconds)
  left join app.sweeps s on s.name = due.name
  order by due.name desc
$$;

comment on function api.sweep_status() is
  'One row per kind of sweep: its last call, how many orders that closed or erased, how many are due now (at most 1000 to be erased), and for how many seconds the oldest has been. Nulls when it has never run.';
