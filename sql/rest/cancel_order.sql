-- A phone that asks to search again has shown its customer a time-out, perhaps because it missed the news: it says so by
-- this reason, and then must not send a promised truck away.
create or replace function rest.cancel_order(p_customer_id uuid, p_order_id uuid, p_reason text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_reason text := nullif(btrim(p_reason), '');
  v_order app.orders;
begin
  perform set_config('app.actor', 'customer', true);
  if v_reason = 'retry_after_timeout' then
    v_order := api.cancel_search(p_customer_id, p_order_id, v_reason);
  else
    v_order := api.cancel_order(p_customer_id, p_order_id, v_reason);
  end if;
  return json_build_object('success', true, 'message', format('The order is %s.', v_order.status),
    'data', json_strip_nulls(json_build_object(
      'orderId', v_order.id,
      'status', v_order.status,
      'reason', v_order.cancel_reason,
      'reasonCode', rest.reason_code(v_order.status),
      'cancelledAt', case when v_order.status = 'cancelled' then api.iso_time(v_order.updated_at) end,
      'serverTimeMs', rest.epoch_ms(clock_timestamp()))))::text;
end
$$;

comment on function rest.cancel_order(uuid, uuid, text) is
  'POST /orders/:id/cancel: api.cancel_order, or for the reason retry_after_timeout api.cancel_search, in the app''s dialect; answers the true status. Refuses order_is_known (OR404), order_is_cancellable and no_truck_is_assigned (OR409).';
