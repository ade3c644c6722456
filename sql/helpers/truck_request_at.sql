create or replace function api.truck_request_at(p_request app.truck_requests, p_order app.orders)
returns app.truck_requests
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_status text := api.truck_request_status(p_request.status, p_order.is_open);
begin
  if v_status <> p_request.status then
    p_request.status := v_status;
    p_request.updated_at := p_order.expires_at;
  end if;
  return p_request;
end
$$;

comment on function api.truck_request_at(app.truck_requests, app.orders) is
  'The truck request as it truly is, given its order as api.order_at gives it: a request still searching in an order that no longer searches has expired.';
