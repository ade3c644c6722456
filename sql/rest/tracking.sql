create or replace function rest.tracking(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
begin
  return json_build_object('success', true, 'data', json_build_object('bookingId', v_order.id, 'trucks', json_build_array()))::text;
end
$$;

comment on function rest.tracking(uuid, uuid) is
  'GET /tracking/booking/:id: no position of a truck is known to this service, so the list is empty. Refuses order_is_known (OR404).';
