-- Locks up to p_limit due orders, then their truck requests, and last, for an instant, its own row of app.sweeps.
create or replace function api.expire_due_orders(p_limit integer default null)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_started_at timestamptz := clock_timestamp();
  v_batch record := api.lock_due_orders(coalesce(p_limit, 500), v_started_at); -- a limit of null would be none at all
  v_count integer := 0;
begin
  if v_batch.order_ids is not null then
    v_count := api.close_locked_orders(v_batch.customer_ids, v_batch.order_ids, v_started_at);
  end if;
  insert into app.sweeps as s (name, started_at, finished_at, closed_count)
  values ('expire_due_orders', v_started_at, clock_timestamp(), v_count)
  on conflict on constraint sweeps_have_one_row_each do update
  set started_at = excluded.started_at, finished_at = excluded.finished_at, closed_count = excluded.closed_count;
  return v_count;
end
$$;

comment on function api.expire_due_orders(integer) is
  'Writes down the end of searches that have run out, oldest first, up to a limit (500 unless you say otherwise), and returns how many. Run it until it returns 0. Safe to run twice at once.';
