-- Beyond one server. `npm run migrate` runs this by itself wherever the database has the extension citus: once before it
-- loads sql/, for the tables, and once after, for the commands. Safe to run again.
-- What a distributed database wants otherwise is in sql/citus/, each file in place of the one of its name.
set local citus.enable_unsafe_triggers = on;
set local citus.multi_shard_modify_mode = 'sequential';

-- "Unsafe" because Citus cannot know what a trigger does: ours write and read rows of the same customer, which are on the
-- same worker. So do the functions that it finds in a query on a shard.
do $$
begin
  execute format('alter database %I set citus.enable_unsafe_triggers = on', current_database());
  execute format('alter database %I set citus.allow_nested_distributed_execution = on', current_database());
end
$$;

-- One live trip per vehicle and per driver are rules across customers, so across workers: the keys of two tables that every
-- server has whole (api.claim_truck).
create table if not exists app.vehicle_claims (
  vehicle_number text not null,
  customer_id uuid not null,
  order_id uuid not null,
  trip_id uuid not null
);
create table if not exists app.driver_claims (
  driver_phone text not null,
  customer_id uuid not null,
  order_id uuid not null,
  trip_id uuid not null
);
do $$
declare
  v_table text;
begin
  if exists (select from pg_index i where i.indexrelid = to_regclass('app.one_live_trip_per_vehicle') and i.indrelid = 'app.trips'::regclass) then
    drop index app.one_live_trip_per_vehicle;
    drop index app.one_live_trip_per_driver;
    alter table app.vehicle_claims add constraint one_live_trip_per_vehicle primary key (vehicle_number);
    alter table app.driver_claims add constraint one_live_trip_per_driver primary key (driver_phone);
    comment on table app.vehicle_claims is 'Whose a vehicle is: the last trip that it was promised for, which may have ended. Only where orders are distributed.';
    comment on table app.driver_claims is 'Whose a driver is: the last trip that they were promised for, which may have ended. Only where orders are distributed.';
  end if;
  foreach v_table in array array['app.settings', 'app.order_transitions', 'app.vehicle_claims', 'app.driver_claims'] loop
    if not exists (select from pg_dist_partition p where p.logicalrelid = v_table::regclass) then
      perform create_reference_table(v_table::regclass);
    end if;
  end loop;
  foreach v_table in array array['app.orders', 'app.truck_requests', 'app.order_events', 'app.trips', 'app.disputes'] loop
    if not exists (select from pg_dist_partition p where p.logicalrelid = v_table::regclass) then
      perform create_distributed_table(v_table::regclass, 'customer_id',
        colocate_with => case v_table when 'app.orders' then 'default' else 'app.orders' end);
    end if;
  end loop;
end
$$;

-- What takes a customer runs whole on that customer's worker when it is called by itself; inside a transaction it runs here,
-- and each of its statements there.
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure
    from pg_proc p
    where p.pronamespace in (to_regnamespace('api'), to_regnamespace('rest')) and p.proargnames[1] = 'p_customer_id'
      and p.prosecdef and not p.proretset
  loop
    perform create_distributed_function(v_function, 'p_customer_id', colocate_with => 'app.orders');
  end loop;
end
$$;
