-- A trip is only looked for where a truck was found: a create, whose trucks are all sought, does not pay for it (a join
-- cost it 8 %).
create or replace function rest.truck_request_json(p_request app.truck_requests)
returns json
language sql
stable
begin atomic
  select case when p_request.is_filled
    then rest.with_truck(p_request, rest.asked_truck_json(p_request))
    else rest.asked_truck_json(p_request)
  end;
end;

comment on function rest.truck_request_json(app.truck_requests) is
  'A truck request as the app reads it, with the truck that was found for it. Wants the request as api.truck_requests_of gives it.';
