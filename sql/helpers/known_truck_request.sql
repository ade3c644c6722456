-- Transporters and DBAs know the one id <order id>.<request number>; a malformed one is answered like an unknown one.
create or replace function api.known_truck_request(p_truck_request_id text)
returns app.truck_requests
language plpgsql
stable
set search_path = ''
as $$
declare
  v_request app.truck_requests;
begin
  if p_truck_request_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[1-9][0-9]{0,2}$' then
    select t.* into v_request
    from app.orders o
    join app.truck_requests t on t.customer_id = o.customer_id and t.order_id = o.id
    where o.id = split_part(p_truck_request_id, '.', 1)::uuid
      and t.request_number = split_part(p_truck_request_id, '.', 2)::integer;
  end if;
  if v_request.order_id is null then
    raise exception using
      errcode = 'OR404',
      constraint = 'truck_request_is_known',
      message = 'There is no such truck request',
      hint = 'Its id is <order id>.<request number>, as api.open_truck_requests() and api.truck_requests show it.';
  end if;
  return v_request;
end
$$;

comment on function api.known_truck_request(text) is
  'The truck request of this id, as stored. Refuses truck_request_is_known (OR404).';
