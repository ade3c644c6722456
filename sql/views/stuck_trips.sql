create or replace view api.stuck_trips as
select
  t.id, t.customer_id, t.order_id, t.transporter_id, t.vehicle_number, t.driver_name, t.driver_phone, t.status,
  t.created_at, t.started_at
from api.trips t
where t.is_stuck;

comment on view api.stuck_trips is 'Live trips without a move for settings.trip_alarm. Ring the driver, then api.complete_trip or api.withdraw_trip, with a reason.';
comment on column api.stuck_trips.id is 'The trip: what both commands want.';
comment on column api.stuck_trips.customer_id is 'The order''s customer.';
comment on column api.stuck_trips.order_id is 'The order.';
comment on column api.stuck_trips.transporter_id is 'Who accepted.';
comment on column api.stuck_trips.vehicle_number is 'The vehicle that no other trip can have meanwhile.';
comment on column api.stuck_trips.driver_name is 'Whom to ring.';
comment on column api.stuck_trips.driver_phone is 'Where to ring.';
comment on column api.stuck_trips.status is 'driver_accepted or in_transit.';
comment on column api.stuck_trips.created_at is 'When it was accepted.';
comment on column api.stuck_trips.started_at is 'When the truck set off; null when it has not.';
