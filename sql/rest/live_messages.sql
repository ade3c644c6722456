-- The app's events (contract, 4). What the phone's reader cannot take is absent, not null. Both names of the order are in
-- each, because its screens read one or the other.
create or replace function rest.live_messages(p_event app.order_events)
returns json
language sql
stable
begin atomic
  select json_agg(json_build_object('name', m.name, 'isForCustomer', m.name = 'booking_fully_filled', 'data',
    json_strip_nulls((m.data::jsonb || jsonb_build_object(
      'orderId', p_event.order_id, 'bookingId', p_event.order_id, 'occurredAt', api.iso_time(p_event.occurred_at)))::json)) order by m.place)
  from (
    select 1 as place, 'truck_assigned' as name, json_build_object('assignment', json_build_object(
        'id', t.id, 'vehicleNumber', t.vehicle_number, 'driverName', t.driver_name, 'status', p_event.trip_status)) as data
    from app.trips t
    where t.customer_id = p_event.customer_id and t.order_id = p_event.order_id and t.id = p_event.trip_id
      and p_event.trip_status = 'driver_accepted'
    union all
    select 2, 'assignment_status_changed', json_build_object(
      'assignmentId', t.id, 'tripId', t.id, 'status', p_event.trip_status, 'vehicleNumber', t.vehicle_number)
    from app.trips t
    where t.customer_id = p_event.customer_id and t.order_id = p_event.order_id and t.id = p_event.trip_id
      and p_event.trip_status <> 'driver_accepted'
    union all
    select 3, 'trucks_remaining_update', json_build_object(
      'trucksNeeded', p_event.trucks_total, 'trucksFilled', p_event.trucks_filled,
      'trucksRemaining', p_event.trucks_total - p_event.trucks_filled)
    where p_event.to_status in ('active', 'partially_filled', 'fully_filled')
      and coalesce(p_event.trip_status not in ('in_transit', 'completed'), p_event.from_status is not null)
    union all
    select 4, 'broadcast_state_changed', json_build_object('status', p_event.to_status)
    where p_event.trip_id is null and p_event.to_status in ('active', 'partially_filled', 'fully_filled')
    union all
    select 5, 'order_expired', json_build_object('status', p_event.to_status, 'reasonCode', rest.reason_code(p_event.to_status),
      'expiredAt', api.iso_time(p_event.occurred_at), 'totalTrucks', p_event.trucks_total, 'trucksFilled', p_event.trucks_filled)
    where p_event.to_status = 'expired'
    union all
    select 6, 'order_cancelled', json_build_object('status', p_event.to_status, 'reason', p_event.reason)
    where p_event.trip_id is null and p_event.to_status = 'cancelled'
    union all
    select 7, 'booking_updated', json_build_object(
      'status', p_event.to_status, 'trucksFilled', p_event.trucks_filled, 'trucksNeeded', p_event.trucks_total)
    union all
    select 8, 'booking_fully_filled', json_build_object('trucksFilled', p_event.trucks_filled)
    where p_event.trip_id is null and p_event.to_status = 'fully_filled') m;
end;

comment on function rest.live_messages(app.order_events) is
  'One event as the app hears it: [{name, isForCustomer, data}], in the order in which they are sent. isForCustomer says that every phone of the customer is told, whether or not it has joined the order.';
