-- Ends with what the clock has done and nothing has written down yet, so that the last line is always the true status.
create or replace function api.order_timeline(p_order_id uuid)
returns table (occurred_at timestamptz, from_status text, to_status text, actor text, reason text, recorded_at timestamptz)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_customer_id uuid := api.customer_of_order(p_order_id);
begin
  return query
    select e.occurred_at, e.from_status, e.to_status, e.actor, e.reason, e.recorded_at
    from app.order_events e
    where e.customer_id = v_customer_id and e.order_id = p_order_id
    order by e.id;
  return query
    select o.expires_at, o.stored_status, o.status, 'clock', null, null::timestamptz
    from api.orders o
    where o.customer_id = v_customer_id and o.id = p_order_id and o.is_due;
end
$$;

comment on function api.order_timeline(uuid) is
  'What happened to an order, in order: when, from which status to which, who, why. recorded_at is null for a move of the clock that nothing has written down yet. Refuses order_is_known (OR404).';
