-- A left join, although every trip has its truck request: where nobody asks for that, the planner leaves it out.
create or replace view api.trips as
select
  t.id,
  t.customer_id,
  t.order_id,
  t.order_id || '.' || t.request_number as truck_request_id,
  t.request_number,
  t.transporter_id,
  t.vehicle_number,
  t.driver_name,
  t.driver_phone,
  t.status,
  t.is_live,
  t.is_live and coalesce(t.started_at, t.created_at) <= statement_timestamp() - (select s.trip_alarm from app.settings s) as is_stuck,
  t.created_at,
  t.started_at,
  t.ended_at,
  t.end_reason,
  r.vehicle_type,
  r.vehicle_subtype,
  r.price_per_truck
from app.trips t
left join app.truck_requests r on r.customer_id = t.customer_id and r.order_id = t.order_id and r.request_number = t.request_number;

comment on view api.trips is 'Every truck that a transporter has promised, with what it was promised for.';
comment on column api.trips.truck_request_id is 'The truck request that it fills, or filled until it was withdrawn or cancelled.';
comment on column api.trips.is_live is 'Promised or on the road: keeps its vehicle and its driver from another trip.';
comment on column api.trips.is_stuck is 'Live, and without a move for settings.trip_alarm: it keeps its vehicle, its driver and its order.';
comment on column api.trips.vehicle_type is 'What the customer asked for: the app''s type id, such as open or container.';
comment on column api.trips.vehicle_subtype is 'What the customer asked for: the app''s display name, such as 17 Feet.';
comment on column api.trips.price_per_truck is 'Whole rupees.';
