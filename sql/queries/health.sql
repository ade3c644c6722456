create or replace function api.health()
returns table (check_name text, is_ok boolean, finding text, what_to_do text)
language sql
stable
security definer
set search_path = ''
as $$
  select c.check_name, c.is_ok, c.finding, case when not c.is_ok then c.what_to_do end
  from (
    select 1, 'unique rules', coalesce('missing or another: ' || string_agg(r.name, ', ') filter (where not r.is_there), 'all there'),
      'Stop the service. Close what breaks the rule (of a customer''s open orders all but the newest), then make the index of its migration again.',
      bool_and(r.is_there)
    from (
      select d.name, exists (
        select from pg_index i
        where i.indexrelid = to_regclass('app.' || d.name) and i.indisvalid
          and pg_get_indexdef(i.indexrelid) in (
            format('CREATE UNIQUE INDEX %s ON app.%s', d.name, d.definition), format('CREATE UNIQUE INDEX %s ON app.%s', d.name, d.on_citus))) as is_there
      from (values
        ('one_active_order_per_customer', 'orders USING btree (customer_id) WHERE is_open', null),
        ('one_order_per_idempotency_key', 'orders USING btree (customer_id, idempotency_key) WHERE (idempotency_key IS NOT NULL)', null),
        ('one_trip_per_truck_request', 'trips USING btree (customer_id, order_id, request_number) WHERE fills_request', null),
        ('one_live_trip_per_vehicle', 'trips USING btree (vehicle_number) WHERE is_live', 'vehicle_claims USING btree (vehicle_number)'),
        ('one_live_trip_per_driver', 'trips USING btree (driver_phone) WHERE is_live', 'driver_claims USING btree (driver_phone)')) d(name, definition, on_citus)) r
    union all
    select 2, 'guards', coalesce('missing, off or another: ' || string_agg(g.name, ', '), 'all on'),
      'npm run migrate makes them again.', count(*) = 0
    from unnest(array['closed_order_never_changes', 'dispute_notes_only_grow_or_become_blank', 'driver_only_becomes_blank',
      'event_reason_only_becomes_blank', 'order_event_is_recorded', 'order_events_are_append_only',
      'order_move_is_legal', 'order_move_is_recorded', 'order_starts_active', 'personal_facts_only_become_blank', 'settings_row_stays', 'trip_agrees_with_its_truck_request',
      'trip_event_is_recorded', 'trip_facts_never_change', 'trip_move_is_legal', 'trip_starts_accepted', 'truck_request_move_is_legal']) g(name)
    where not exists (
      select from pg_trigger t
      where t.tgname = g.name and t.tgenabled = 'O'
        and right(obj_description(t.oid, 'pg_trigger'), 32) = md5(pg_get_triggerdef(t.oid))) -- written by the loader
    union all
    select 3, 'schema', coalesce(max(m.filename), 'none') || ', sql/ ' || coalesce(l.layer, 'never loaded'),
      'Run npm run migrate.', count(m.filename) > 0 and l.layer is not null
    from graphile_migrate.migrations m
    full join (select s.layer from app.sql_layers s order by s.loaded_at desc limit 1) l on true
    group by l.layer
    union all
    select 4, 'sweep', coalesce('last run ' || (clock_timestamp() - s.finished_at)::interval(0) || ' ago', 'never ran'),
      'See that a process with ROLE=worker or all runs; until then: select api.expire_due_orders().',
      not api.is_sweep_late()
    from api.sweep_status() s
    where s.name = 'expire_due_orders'
    union all
    select 5, 'due orders', format('%s, the oldest for %s s', s.due_count, s.oldest_due_seconds),
      'They refuse nobody. select api.expire_due_orders() until it returns 0; if it does not, look for who holds the rows.',
      s.oldest_due_seconds < 300
    from api.sweep_status() s
    where s.name = 'expire_due_orders'
    union all
    select 6, 'open transactions', coalesce('the oldest for ' || t.seconds || ' s', 'not to be seen'),
      case when t.seconds is null then 'A superuser runs: grant pg_read_all_stats to the owner of this function.'
      else 'It keeps dead rows from being cleared away. Find it: select pid, usename, state, query from pg_stat_activity order by xact_start; then pg_terminate_backend(pid).' end,
      coalesce(t.seconds < 60, false)
    from api.oldest_transaction_seconds() t(seconds)
    union all
    select 7, 'old orders', format('%s to erase, the oldest for %s days', s.due_count, s.oldest_due_seconds / 86400),
      'They keep what is personal for too long. See that a process with ROLE=worker or all runs at night; until then: select api.erase_old_orders() until it returns 0. If that leaves some, they have live trips: end those.',
      s.oldest_due_seconds < 172800
    from api.sweep_status() s
    where s.name = 'erase_old_orders'
  ) c(number, check_name, finding, what_to_do, is_ok)
  order by c.number
$$;

comment on function api.health() is
  'Is the service whole? One row a check: the indexes that are rules, the guards, the schema, the sweep, what is due, transactions left open, and orders that nothing has erased in time; with what to do where it is not.';
