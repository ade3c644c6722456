--! Previous: sha1:dcd2e15724e0421cfbc6a463ed7e66f601fd33f7
--! Hash: sha1:507e1fbf4203d75d8fe4d168e743ff85f7107ec2
--! Message: trucks answer

-- Adds columns without rewriting their tables, and new tables; safe while servers of the release before run.
-- Trucks answer: a trip is one truck that a transporter has promised for a truck request.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- All locks at once, in the order in which a create takes its own: otherwise each would wait for the other.
lock table app.settings in access exclusive mode;
lock table app.orders in share row exclusive mode;
lock table app.order_events in access exclusive mode;
lock table app.truck_requests in share row exclusive mode;

create table app.trips (
  customer_id uuid not null,
  order_id uuid not null,
  id uuid not null default app.uuid_v7(),
  request_number integer not null,
  transporter_id uuid not null,
  vehicle_number text not null,
  driver_name text not null,
  driver_phone text not null,
  status text not null default 'driver_accepted',
  is_live boolean not null generated always as (status in ('driver_accepted', 'in_transit')) stored,
  fills_request boolean not null generated always as (status in ('driver_accepted', 'in_transit', 'completed')) stored,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  constraint trips_are_keyed_by_order primary key (customer_id, order_id, id),
  constraint trip_belongs_to_a_truck_request foreign key (customer_id, order_id, request_number)
    references app.truck_requests (customer_id, order_id, request_number),
  constraint vehicle_number_is_1_to_20_characters_upper_case_without_spaces check (
    length(vehicle_number) between 1 and 20 and vehicle_number = upper(vehicle_number) and vehicle_number !~ '\s'),
  constraint driver_name_is_1_to_200_characters check (length(driver_name) between 1 and 200),
  constraint driver_phone_has_10_digits check (driver_phone ~ '^[0-9]{10}$'),
  constraint trip_status_is_known check (status in ('driver_accepted', 'in_transit', 'completed', 'withdrawn', 'cancelled')),
  constraint trip_times_fit_status check (case status
    when 'driver_accepted' then started_at is null and ended_at is null
    when 'in_transit' then started_at is not null and ended_at is null
    when 'completed' then started_at is not null and ended_at is not null
    else started_at is null and ended_at is not null end),
  constraint trip_end_reason_is_at_most_500_characters check (length(end_reason) <= 500)
);
create unique index one_trip_per_truck_request on app.trips (customer_id, order_id, request_number) where fills_request;
create unique index one_live_trip_per_vehicle on app.trips (vehicle_number) where is_live;
create unique index one_live_trip_per_driver on app.trips (driver_phone) where is_live;
create index trips_by_id on app.trips (id);
create index trips_by_transporter_id on app.trips (transporter_id, id);
create index trips_by_vehicle_number on app.trips (vehicle_number, id);
create index trips_by_driver_phone on app.trips (driver_phone, id);

comment on table app.trips is 'One row per truck that a transporter has accepted to send, for ever. On the wire its id is both assignmentId and tripId.';
comment on column app.trips.customer_id is 'The order''s customer.';
comment on column app.trips.order_id is 'The order.';
comment on column app.trips.id is 'UUID version 7: sorts by the acceptance.';
comment on column app.trips.request_number is 'The truck request that it fills, or filled until it was withdrawn or cancelled.';
comment on column app.trips.transporter_id is 'Who accepted.';
comment on column app.trips.vehicle_number is 'The registration, in upper case and without spaces, so that one vehicle has one spelling.';
comment on column app.trips.driver_name is 'As the transporter wrote it; the customer sees it.';
comment on column app.trips.driver_phone is 'Ten digits; stands for the driver.';
comment on column app.trips.status is 'driver_accepted, in_transit, completed, withdrawn (by its transporter or an admin) or cancelled (with its order).';
comment on column app.trips.is_live is 'Promised or on the road: keeps its vehicle and its driver from another trip. The only list of these states.';
comment on column app.trips.fills_request is 'Its truck request counts as filled by it. The only list of these states.';
comment on column app.trips.created_at is 'When it was accepted.';
comment on column app.trips.started_at is 'When the truck set off.';
comment on column app.trips.ended_at is 'When it was completed, withdrawn or cancelled.';
comment on column app.trips.end_reason is 'Why it ended, in the words of whoever ended it.';
comment on index app.one_trip_per_truck_request is 'The rule: a truck request is filled by at most one trip.';
comment on index app.one_live_trip_per_vehicle is 'The rule: a vehicle is on at most one live trip, across all customers.';
comment on index app.one_live_trip_per_driver is 'The rule: a driver, known by phone, is on at most one live trip, across all customers.';
comment on index app.trips_by_id is 'For transporters, admins and DBAs, who know one id. Not unique, so that the table can be distributed by customer.';
comment on index app.trips_by_transporter_id is 'For a transporter''s own trips, newest first.';
comment on index app.trips_by_vehicle_number is 'For support, who ask what a vehicle has done.';
comment on index app.trips_by_driver_phone is 'For support, who ask what a driver has done.';

create table app.disputes (
  customer_id uuid not null,
  order_id uuid not null,
  id uuid not null default gen_random_uuid(),
  reason_code text not null,
  notes text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint one_dispute_per_order primary key (customer_id, order_id),
  constraint dispute_belongs_to_an_order foreign key (customer_id, order_id) references app.orders (customer_id, id),
  constraint dispute_reason_code_is_1_to_100_characters check (length(reason_code) between 1 and 100),
  constraint dispute_notes_are_at_most_2000_characters check (length(notes) <= 2000)
);
create index disputes_by_created_at on app.disputes (created_at);
comment on index app.disputes_by_created_at is 'For admins, newest first.';
comment on table app.disputes is 'A customer asked to cancel an order that can no longer be cancelled: for admins to settle by phone. One row per order.';
comment on column app.disputes.customer_id is 'The order''s customer.';
comment on column app.disputes.order_id is 'The order.';
comment on column app.disputes.id is 'What the customer is shown, by its first eight characters: at random, because those of a UUID version 7 are the same for a minute.';
comment on column app.disputes.reason_code is 'As the app first sent it: customer_request.';
comment on column app.disputes.notes is 'What the customer wrote; asked again in other words, those are added on a line of their own while there is room.';
comment on column app.disputes.created_at is 'When it was first asked for.';

alter table app.settings
  add column trip_alarm interval not null default '24 hours',
  -- One row: the check reads no more than that.
  -- squawk-ignore constraint-missing-not-valid
  add constraint trip_alarm_is_1_min_to_30_days check (trip_alarm between interval '1 minute' and interval '30 days');
comment on column app.settings.trip_alarm is 'A live trip without a move for this long is listed in api.stuck_trips.';

alter table app.order_events
  add column trucks_filled integer,
  add column trucks_total integer,
  add column trip_id uuid,
  add column trip_status text;
comment on column app.order_events.from_status is 'Null for the creation. Equal to to_status where a trip moved and the order did not.';
comment on column app.order_events.actor is 'customer; transporter or admin with their id; clock (an expiry or a settling, whoever noticed it); or by hand the session user.';
comment on column app.order_events.trucks_filled is 'The order''s count after the move; null before trips existed.';
comment on column app.order_events.trucks_total is 'The order''s count after the move; null before trips existed.';
comment on column app.order_events.trip_id is 'The trip that moved; null for a move of the order. No foreign key: each create would pay for its check.';
comment on column app.order_events.trip_status is 'The trip''s status after its move.';
