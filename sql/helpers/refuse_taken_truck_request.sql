create or replace function api.refuse_taken_truck_request(p_request app.truck_requests)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'truck_request_is_searching',
    message = 'Another truck has been promised for this truck request, or it is no longer sought',
    hint = format('Take another: select * from api.open_truck_requests(); what became of its order: select * from api.order_timeline(%L);',
      p_request.order_id);
end
$$;

comment on function api.refuse_taken_truck_request(app.truck_requests) is
  'Always refuses truck_request_is_searching (OR409): one answer for a truck that is found and one that nobody waits for any more.';
