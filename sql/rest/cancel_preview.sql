create or replace function rest.cancel_preview(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
begin
  return json_build_object('success', true, 'data', json_strip_nulls(json_build_object(
    'orderId', v_order.id,
    'policyStage', v_order.status,
    'cancelDecision', case when api.is_cancellable(v_order) then 'allowed' else 'blocked_dispute_only' end,
    'reasonRequired', false,
    'reasonCode', rest.reason_code(v_order.status),
    'pendingPenaltyAmount', 0,
    'serverTimeMs', rest.epoch_ms(clock_timestamp()))))::text;
end
$$;

comment on function rest.cancel_preview(uuid, uuid) is
  'GET /bookings/orders/:id/cancel-preview: what rest.cancel_order would answer now, to any reason but retry_after_timeout. Refuses order_is_known (OR404).';
