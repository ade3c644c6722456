create or replace function rest.order_detail(p_customer_id uuid, p_order_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp(); -- before the look, so that an open order has a second left
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
begin
  return json_build_object('success', true, 'data', json_build_object(
    'order', rest.order_json(v_order, api.seconds_left(v_order, v_now)),
    'requests', rest.truck_requests_json(v_order),
    'summary', (
      select json_build_object(
        'totalTrucks', v_order.trucks_total,
        'trucksFilled', v_order.trucks_filled,
        'trucksSearching', count(*) filter (where t.status = 'searching'),
        'trucksExpired', count(*) filter (where t.status = 'expired'))
      from api.truck_requests_of(v_order) t)))::text;
end
$$;

comment on function rest.order_detail(uuid, uuid) is
  'GET /orders/:id: the order, its requests (create calls them truckRequests) and their counts. Refuses order_is_known (OR404).';
