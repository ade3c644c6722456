-- Commands move the truck request first, so it is the trip that is judged. By hand one of the two is easily forgotten, and
-- no command could then end the trip.
create or replace function app.trip_agrees_with_its_truck_request()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_request_status text := (
    select t.status
    from app.truck_requests t
    where t.customer_id = new.customer_id and t.order_id = new.order_id and t.request_number = new.request_number);
begin
  if (new.status, v_request_status) not in (
    ('driver_accepted', 'assigned'),
    ('in_transit', 'in_progress'),
    ('completed', 'completed'),
    ('withdrawn', 'searching'),
    ('withdrawn', 'cancelled'),
    ('cancelled', 'cancelled'))
  then
    raise exception using
      errcode = 'OR409',
      constraint = 'trip_agrees_with_its_truck_request',
      message = format('The trip cannot be %s while its truck request is %s', new.status, v_request_status),
      detail = json_build_object('tripId', new.id, 'truckRequestId', new.order_id || '.' || new.request_number)::text,
      hint = 'Use api.start_trip, api.complete_trip or api.withdraw_trip: they move both, and the order.';
  end if;
  return null;
end
$$;

comment on function app.trip_agrees_with_its_truck_request() is
  'Refuses trip_agrees_with_its_truck_request (OR409): a trip that is accepted or moved fits the status that its truck request has then.';

create or replace trigger trip_agrees_with_its_truck_request
  after insert or update of status on app.trips
  for each row
  execute function app.trip_agrees_with_its_truck_request();
