-- The when clause is the rule and the only list of the moves: a legal one pays nothing, and a sweep makes thousands. It
-- compares words, because every create copies its text: as a list of pairs that was 7.5 kB instead of 2.
create or replace function app.truck_request_move_is_legal()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'truck_request_move_is_legal',
    message = format('A truck request that is %s cannot become %s', old.status, new.status),
    detail = json_build_object('truckRequestId', old.order_id || '.' || old.request_number, 'from', old.status, 'to', new.status)::text,
    hint = 'A promised truck is never taken away by a clock, and what is over stays so. Use api.accept_truck_request and the trip''s commands.';
end
$$;

comment on function app.truck_request_move_is_legal() is
  'Refuses truck_request_move_is_legal (OR409): searching becomes assigned, expired or cancelled; assigned becomes in_progress, searching again or cancelled; in_progress becomes completed.';

create or replace trigger truck_request_move_is_legal
  before update of status on app.truck_requests
  for each row when (old.status <> new.status and old.status || ' > ' || new.status <> all ('{
    searching > assigned,
    searching > expired,
    searching > cancelled,
    assigned > in_progress,
    assigned > searching,
    assigned > cancelled,
    in_progress > completed}'))
  execute function app.truck_request_move_is_legal();
