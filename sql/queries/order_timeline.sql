-- Where it does not tell of trips yet, as before migration 000003's release.
do $$
begin
  if (select not 'trip_id' = any (p.proargnames) from pg_catalog.pg_proc p where p.oid = to_regprocedure('api.order_timeline(uuid)')) then
    drop function api.order_timeline(uuid);
  end if;
end
$$;

-- Ends with what the clock has done and nothing has written down yet, so that the last line is always the true status.
create or replace function api.order_timeline(p_order_id uuid)
returns table (
  occurred_at timestamptz, from_status text, to_status text, actor text, reason text, recorded_at timestamptz,
  trucks_filled integer, trucks_total integer, trip_id uuid, trip_status text)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_customer_id uuid := api.customer_of_order(p_order_id);
begin
  return query
    select e.occurred_at, e.from_status, e.to_status, e.actor, e.reason, e.recorded_at,
      e.trucks_filled, e.trucks_total, e.trip_id, e.trip_status
    from app.order_events e
    where e.customer_id = v_customer_id and e.order_id = p_order_id
    order by e.id;
  return query
    select o.expires_at, o.stored_status, o.status, 'clock', null, null::timestamptz, o.trucks_filled, o.trucks_total, null::uuid, null
    from api.orders o
    where o.customer_id = v_customer_id and o.id = p_order_id and o.is_due;
end
$$;

comment on function api.order_timeline(uuid) is
  'What happened to an order, in order: when, from which status to which, who, why, with how many trucks, and which trip where one moved. recorded_at is null for a move of the clock that nothing has written down yet. Refuses order_is_known (OR404).';
