create or replace function rest.cancel_booking(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_order app.orders;
begin
  perform set_config('app.actor', 'customer', true);
  v_order := api.cancel_order(p_customer_id, p_order_id, 'customer_cancelled');
  return json_build_object('success', true, 'message', format('The order is %s.', v_order.status),
    'data', json_build_object('booking', rest.booking_json(v_order)))::text;
end
$$;

comment on function rest.cancel_booking(uuid, uuid) is
  'PATCH /bookings/:id/cancel: api.cancel_order, with the reason that the app''s other path sends. Refuses order_is_known (OR404) and order_is_cancellable (OR409).';
