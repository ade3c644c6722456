create or replace function rest.order_status(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_status record;
begin
  select s.* into v_status from api.order_status(p_customer_id, p_order_id) s;
  if v_status.order_id is null then
    perform api.refuse_unknown_order();
  end if;
  return json_build_object('success', true, 'data', json_strip_nulls(json_build_object(
    'orderId', v_status.order_id,
    'status', v_status.status,
    'isActive', v_status.is_live,
    'remainingSeconds', v_status.remaining_seconds,
    'expiresAt', api.iso_time(v_status.expires_at),
    'reasonCode', rest.reason_code(v_status.status),
    'dispatchAttempts', 0,
    'onlineCandidates', 0,
    'notifiedTransporters', 0,
    'serverTimeMs', rest.epoch_ms(clock_timestamp()))))::text;
end
$$;

comment on function rest.order_status(uuid, uuid) is
  'GET /orders/:id/status. isActive is true until the order is over, also when every truck is found: the phone opens tracking only then. Refuses order_is_known (OR404).';
