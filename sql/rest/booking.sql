create or replace function rest.booking(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return json_build_object('success', true, 'data', json_build_object(
    'booking', rest.booking_json(api.known_order(p_customer_id, p_order_id))))::text;
end
$$;

comment on function rest.booking(uuid, uuid) is
  'GET /bookings/:id: any order of the customer, so that the app never takes its fallback, which misreads the total. Refuses order_is_known (OR404).';
