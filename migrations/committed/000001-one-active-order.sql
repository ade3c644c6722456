--! Previous: -
--! Hash: sha1:f7d8caa52728f19f4041e3a98fe07f7f21e28218
--! Message: one active order

-- The state of the order service: what is stored, and what must hold whoever writes.
-- Functions live in sql/. The one exception is app.uuid_v7, because a column default depends on it.
-- The schemas are made in two places on purpose: app here, api and rest by sql/, which owns them whole.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

create schema app;
comment on schema app is 'What is stored, and what must always hold. Made by migrations/. No login role writes it directly.';

-- PostgreSQL 18 has uuidv7() of its own; below that, twelve hex digits of milliseconds, three of the rest of the
-- millisecond, and the tail of a random uuid, which already carries the variant bits.
do $migration$
begin
  if current_setting('server_version_num')::integer >= 180000 then
    create function app.uuid_v7() returns uuid
      language sql volatile
      begin atomic
        select uuidv7();
      end;
  else
    create function app.uuid_v7() returns uuid
      language sql volatile
      begin atomic
        select (lpad(to_hex(us / 1000), 12, '0')
             || '7' || lpad(to_hex(us % 1000 * 4096 / 1000), 3, '0')
             || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid
        from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us) as clock;
      end;
  end if;
end
$migration$;
comment on function app.uuid_v7() is 'A new id that sorts by the time it was made (UUID version 7): the server''s own where it has one.';

create table app.settings (
  is_only_row boolean not null default true,
  search_window interval not null default '60 seconds',
  creates_per_minute integer not null default 10,
  constraint settings_has_one_row primary key (is_only_row),
  constraint only_row_is_true check (is_only_row),
  constraint search_window_is_1_s_to_1_h check (search_window between interval '1 second' and interval '1 hour'),
  constraint creates_per_minute_is_positive check (creates_per_minute between 1 and 1000000)
);
comment on table app.settings is 'The numbers that operations may change while the service runs. One row, read on every call.';
comment on column app.settings.is_only_row is 'Always true: the key that keeps this table to one row.';
comment on column app.settings.search_window is 'How long a new order searches for trucks. The app counts down one minute.';
comment on column app.settings.creates_per_minute is 'How many orders one customer may create within a minute. Refused attempts and replays do not count.';
insert into app.settings default values;

create table app.orders (
  customer_id uuid not null,
  id uuid not null default app.uuid_v7(),
  status text not null default 'active',
  is_open boolean not null generated always as (status in ('active', 'partially_filled')) stored,
  is_live boolean not null generated always as (status not in ('expired', 'cancelled', 'completed')) stored,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  customer_name text not null default '',
  customer_phone text not null default '',
  pickup_latitude double precision not null,
  pickup_longitude double precision not null,
  pickup_address text not null,
  pickup_city text,
  pickup_state text,
  drop_latitude double precision not null,
  drop_longitude double precision not null,
  drop_address text not null,
  drop_city text,
  drop_state text,
  stops jsonb not null default '[]',
  distance_km integer not null,
  goods_type text not null default 'General',
  cargo_weight_kg integer,
  scheduled_at timestamptz,
  trucks_requested integer not null,
  trucks_total integer not null,
  trucks_filled integer not null default 0,
  total_amount integer not null,
  cancel_reason text,
  idempotency_key text,
  content_hash bytea not null,
  constraint orders_are_keyed_by_customer primary key (customer_id, id),
  constraint order_id_is_uuid_version_7 check (get_byte(uuid_send(id), 6) >> 4 = 7),
  constraint order_status_is_known check (status in
    ('active', 'partially_filled', 'fully_filled', 'in_progress', 'completed', 'expired', 'cancelled')),
  constraint order_expires_after_creation check (expires_at > created_at),
  constraint customer_name_is_at_most_200_characters check (length(customer_name) <= 200),
  constraint customer_phone_is_at_most_20_characters check (length(customer_phone) <= 20),
  constraint pickup_is_on_earth check (pickup_latitude between -90 and 90 and pickup_longitude between -180 and 180),
  constraint pickup_address_is_1_to_500_characters check (length(pickup_address) between 1 and 500),
  constraint pickup_city_is_1_to_100_characters check (length(pickup_city) between 1 and 100),
  constraint pickup_state_is_1_to_100_characters check (length(pickup_state) between 1 and 100),
  constraint drop_is_on_earth check (drop_latitude between -90 and 90 and drop_longitude between -180 and 180),
  constraint drop_address_is_1_to_500_characters check (length(drop_address) between 1 and 500),
  constraint drop_city_is_1_to_100_characters check (length(drop_city) between 1 and 100),
  constraint drop_state_is_1_to_100_characters check (length(drop_state) between 1 and 100),
  constraint stops_are_at_most_5_places check (case when jsonb_typeof(stops) = 'array'
    then jsonb_array_length(stops) <= 5 and jsonb_array_length(stops) = jsonb_array_length(jsonb_path_query_array(stops, '$[*] ? (
      @.latitude >= -90 && @.latitude <= 90 && @.longitude >= -180 && @.longitude <= 180
      && @.address like_regex "^(.{1,250}){1,2}$" flag "s")'))
    else false end),
  constraint distance_is_1_to_5000_km check (distance_km between 1 and 5000),
  constraint goods_type_is_1_to_100_characters check (length(goods_type) between 1 and 100),
  constraint cargo_weighs_at_most_1000000_kg check (cargo_weight_kg between 0 and 1000000),
  constraint order_is_scheduled_at_most_a_year_ahead check (scheduled_at <= created_at + interval '8784 hours'),
  constraint order_asks_for_1_to_600_trucks check (trucks_requested between 1 and 600),
  constraint trucks_total_never_exceeds_requested check (trucks_total between 1 and trucks_requested),
  constraint trucks_filled_fits_status check (case status
    when 'active' then trucks_filled = 0
    when 'expired' then trucks_filled = 0
    when 'partially_filled' then trucks_filled between 1 and trucks_total - 1
    when 'cancelled' then trucks_filled between 0 and trucks_total
    else trucks_filled = trucks_total end),
  constraint total_amount_is_not_negative check (total_amount >= 0),
  constraint cancel_reason_is_at_most_500_characters check (length(cancel_reason) <= 500),
  constraint only_a_cancelled_order_has_a_cancel_reason check (cancel_reason is null or status = 'cancelled'),
  constraint idempotency_key_is_1_to_255_characters check (length(idempotency_key) between 1 and 255),
  constraint content_hash_is_a_sha256 check (octet_length(content_hash) = 32)
);
create unique index one_active_order_per_customer on app.orders (customer_id) where is_open;
create unique index one_order_per_idempotency_key on app.orders (customer_id, idempotency_key) where idempotency_key is not null;
create index orders_by_id on app.orders (id);
create index open_orders_by_expires_at on app.orders (expires_at) where is_open;

comment on table app.orders is 'One row per order, for ever. The stored status is what was last written down; what is true now is api.order_at(order, clock_timestamp()).';
comment on column app.orders.customer_id is 'Who ordered. Leads every key, so another customer''s order is out of reach by construction.';
comment on column app.orders.id is 'UUID version 7: sorts by creation, so (customer_id, id) is also "my orders, newest first".';
comment on column app.orders.status is 'active, partially_filled, fully_filled, in_progress, completed, expired or cancelled. Legal moves are rows of app.order_transitions.';
comment on column app.orders.is_open is 'Searching for trucks: blocks the customer''s next order until expires_at. The only list of the open states.';
comment on column app.orders.is_live is 'Not over. The only list of the terminal states.';
comment on column app.orders.created_at is 'When the order was placed, by the database clock.';
comment on column app.orders.updated_at is 'When the order last moved. For an expiry or a settling that is expires_at, whenever it was written down.';
comment on column app.orders.expires_at is 'When the search ends: created_at plus app.settings.search_window. Means nothing once every truck is found.';
comment on column app.orders.customer_name is 'From the token at creation; empty when it had none.';
comment on column app.orders.customer_phone is 'From the token at creation; empty when it had none.';
comment on column app.orders.pickup_latitude is 'Degrees, WGS 84. 0.0/0.0 is allowed: the app sends it for an address typed by hand.';
comment on column app.orders.pickup_longitude is 'Degrees, WGS 84.';
comment on column app.orders.pickup_address is 'As the phone shows it.';
comment on column app.orders.pickup_city is 'Usually absent: the app''s location screens do not send it.';
comment on column app.orders.pickup_state is 'Usually absent: the app''s location screens do not send it.';
comment on column app.orders.drop_latitude is 'Degrees, WGS 84.';
comment on column app.orders.drop_longitude is 'Degrees, WGS 84.';
comment on column app.orders.drop_address is 'As the phone shows it.';
comment on column app.orders.drop_city is 'Usually absent: the app''s location screens do not send it.';
comment on column app.orders.drop_state is 'Usually absent: the app''s location screens do not send it.';
comment on column app.orders.stops is 'Places between pickup and drop in driving order: [{latitude, longitude, address, city?, state?}].';
comment on column app.orders.distance_km is 'As the phone computed it: straight line, truncated, at least 1. Never checked against the coordinates.';
comment on column app.orders.goods_type is 'What is carried. The app sends General.';
comment on column app.orders.cargo_weight_kg is 'Kilograms, when given.';
comment on column app.orders.scheduled_at is 'When the trucks are wanted, when given. The search starts at creation all the same.';
comment on column app.orders.trucks_requested is 'How many trucks the customer asked for. Kept when a search settles for fewer.';
comment on column app.orders.trucks_total is 'How many trucks the order is for now: a search that ends partly filled settles for those it found.';
comment on column app.orders.trucks_filled is 'How many trucks were found.';
comment on column app.orders.total_amount is 'Whole rupees for trucks_total trucks.';
comment on column app.orders.cancel_reason is 'Why it was cancelled, in the words of whoever did.';
comment on column app.orders.idempotency_key is 'The X-Idempotency-Key of the create that made this row; unique per customer.';
comment on column app.orders.content_hash is 'SHA-256 of what the order means (api.content_hash): the same key with another meaning is refused.';
comment on index app.one_active_order_per_customer is 'The rule: a customer has at most one open order.';
comment on index app.one_order_per_idempotency_key is 'The rule: a customer''s idempotency key makes at most one order.';
comment on index app.orders_by_id is 'For admins and DBAs, who know one id. Not unique, so that the table can be distributed by customer.';
comment on index app.open_orders_by_expires_at is 'For the sweep: holds open orders only, so it stays small however many old orders there are.';

create table app.order_transitions (
  from_status text not null,
  to_status text not null,
  is_by_clock_only boolean not null default false,
  constraint order_transitions_are_listed_once primary key (from_status, to_status)
);
comment on table app.order_transitions is 'Every legal move of an order. A guard on app.orders refuses all others, whoever writes. Drawn in sql/README.md.';
comment on column app.order_transitions.from_status is 'The true status before the move.';
comment on column app.order_transitions.to_status is 'The status after it.';
comment on column app.order_transitions.is_by_clock_only is 'Legal only once expires_at has passed.';
insert into app.order_transitions (from_status, to_status, is_by_clock_only) values
  ('active', 'partially_filled', false),
  ('active', 'fully_filled', false),
  ('active', 'cancelled', false),
  ('active', 'expired', true),
  ('partially_filled', 'active', false),
  ('partially_filled', 'fully_filled', false),
  ('partially_filled', 'cancelled', false),
  ('fully_filled', 'partially_filled', false),
  ('fully_filled', 'active', false),
  ('fully_filled', 'in_progress', false),
  ('fully_filled', 'cancelled', false),
  ('in_progress', 'completed', false);

create table app.truck_requests (
  customer_id uuid not null,
  order_id uuid not null,
  request_number integer not null,
  vehicle_type text not null,
  vehicle_subtype text not null,
  price_per_truck integer not null,
  status text not null default 'searching',
  is_filled boolean not null generated always as (status in ('assigned', 'in_progress', 'completed')) stored,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint truck_requests_are_numbered_within_their_order primary key (customer_id, order_id, request_number),
  constraint truck_request_belongs_to_an_order foreign key (customer_id, order_id) references app.orders (customer_id, id),
  constraint request_number_is_1_to_600 check (request_number between 1 and 600),
  constraint vehicle_type_is_1_to_100_characters check (length(vehicle_type) between 1 and 100),
  constraint vehicle_subtype_is_1_to_100_characters check (length(vehicle_subtype) between 1 and 100),
  constraint price_per_truck_is_0_to_1000000_rupees check (price_per_truck between 0 and 1000000),
  constraint truck_request_status_is_known check (status in
    ('searching', 'assigned', 'in_progress', 'completed', 'expired', 'cancelled'))
);
comment on table app.truck_requests is 'One row per truck of an order. On the wire its id is <order id>.<request number>.';
comment on column app.truck_requests.customer_id is 'The order''s customer.';
comment on column app.truck_requests.order_id is 'The order.';
comment on column app.truck_requests.request_number is 'Numbered from 1 in the order in which the trucks were asked for.';
comment on column app.truck_requests.vehicle_type is 'The app''s type id, such as open or container.';
comment on column app.truck_requests.vehicle_subtype is 'The app''s display name, such as 17 Feet. Not unique without the type.';
comment on column app.truck_requests.price_per_truck is 'Whole rupees.';
comment on column app.truck_requests.status is 'searching, assigned, in_progress, completed, expired or cancelled. A searching request of an order that is no longer open is expired.';
comment on column app.truck_requests.is_filled is 'A truck was found for it. The only list of these states.';
comment on column app.truck_requests.created_at is 'The order''s created_at.';
comment on column app.truck_requests.updated_at is 'When it last moved.';

create table app.order_events (
  customer_id uuid not null,
  order_id uuid not null,
  id bigint not null generated always as identity,
  from_status text,
  to_status text not null,
  actor text not null,
  reason text,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint order_events_are_keyed_by_order primary key (customer_id, order_id, id),
  constraint order_event_belongs_to_an_order foreign key (customer_id, order_id) references app.orders (customer_id, id)
);
comment on table app.order_events is 'What happened to an order, in order: one row per move, written by a trigger in the same transaction, whoever made it. Append only.';
comment on column app.order_events.customer_id is 'The order''s customer.';
comment on column app.order_events.order_id is 'The order.';
comment on column app.order_events.id is 'Rises within an order.';
comment on column app.order_events.from_status is 'Null for the creation.';
comment on column app.order_events.to_status is 'The status after the move.';
comment on column app.order_events.actor is 'customer, clock (an expiry or a settling, whoever noticed it), or by hand the session user.';
comment on column app.order_events.reason is 'Why, when whoever did it said so.';
comment on column app.order_events.occurred_at is 'When it became true: for the clock that is expires_at.';
comment on column app.order_events.recorded_at is 'When it was written down.';

create table app.sweeps (
  name text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  closed_count integer not null,
  constraint sweeps_have_one_row_each primary key (name),
  constraint sweep_finishes_after_it_starts check (finished_at >= started_at),
  constraint closed_count_is_not_negative check (closed_count >= 0)
);
comment on table app.sweeps is 'One row per kind of sweep, overwritten at the end of every call, empty ones too. Says whether housekeeping is alive; nothing is correct only because of it.';
comment on column app.sweeps.name is 'The sweep''s function.';
comment on column app.sweeps.started_at is 'When the last call began.';
comment on column app.sweeps.finished_at is 'When the last call ended.';
comment on column app.sweeps.closed_count is 'How many orders the last call closed; a run calls until it is 0, and the CleanupJob log line has the sum.';
