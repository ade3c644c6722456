-- Locks up to p_limit orders that are over and old, and last, for an instant, its own row of app.sweeps. Nobody waits for
-- these locks for longer than a small batch, and a create never does.
create or replace function api.erase_old_orders(p_limit integer default null)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_started_at timestamptz := clock_timestamp();
  v_before timestamptz := v_started_at - (select s.retention from app.settings s);
  v_batch record := api.lock_old_orders(coalesce(p_limit, 200), v_before); -- a limit of null would be none at all
  v_count integer := 0;
begin
  if v_batch.order_ids is not null then
    v_count := api.erase_locked_orders(v_batch.customer_ids, v_batch.order_ids, v_started_at, 'clock');
  end if;
  insert into app.sweeps as s (name, started_at, finished_at, closed_count)
  values ('erase_old_orders', v_started_at, clock_timestamp(), v_count)
  on conflict on constraint sweeps_have_one_row_each do update
  set started_at = excluded.started_at, finished_at = excluded.finished_at, closed_count = excluded.closed_count;
  return v_count;
end
$$;

comment on function api.erase_old_orders(integer) is
  'Blanks what is personal in orders that are over and older than api.settings.retention, oldest first, up to a limit (200 unless you say otherwise), and returns how many. Run it until it returns 0. Deletes nothing; safe to run twice at once.';
