-- Wants the order as api.order_at gives it: a request still searching in an order that no longer searches has expired.
create or replace function api.truck_requests_of(p_order app.orders)
returns setof app.truck_requests
language sql
stable
begin atomic
  select t.customer_id, t.order_id, t.request_number, t.vehicle_type, t.vehicle_subtype, t.price_per_truck,
    api.truck_request_status(t.status, p_order.is_open), t.is_filled,
    t.created_at,
    case when t.status = 'searching' and not p_order.is_open then p_order.expires_at else t.updated_at end
  from app.truck_requests t
  where t.customer_id = p_order.customer_id and t.order_id = p_order.id
  order by t.request_number;
end;

comment on function api.truck_requests_of(app.orders) is
  'The truck requests of a time-aware order (api.order_at), by number, each with the status that is true then.';
