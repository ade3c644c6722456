-- One instant for a whole statement, and a stable one: the planner sees through the view, so a filter or a page uses the
-- indexes of app.orders, and a column that nobody asks for is not computed.
create or replace view api.orders as
select
  o.id,
  o.customer_id,
  o.customer_name,
  o.customer_phone,
  api.status_at(o, statement_timestamp()) as status,
  o.status as stored_status,
  o.is_open and o.expires_at > statement_timestamp() as is_open,
  o.is_open and o.expires_at <= statement_timestamp() as is_due,
  (api.order_at(o, statement_timestamp())).is_live as is_live,
  api.seconds_left(o, statement_timestamp()) as seconds_left,
  o.created_at,
  (api.order_at(o, statement_timestamp())).updated_at as updated_at,
  o.expires_at,
  o.pickup_latitude,
  o.pickup_longitude,
  o.pickup_address,
  o.pickup_city,
  o.pickup_state,
  o.drop_latitude,
  o.drop_longitude,
  o.drop_address,
  o.drop_city,
  o.drop_state,
  o.stops,
  o.distance_km,
  o.goods_type,
  o.cargo_weight_kg,
  o.scheduled_at,
  o.trucks_requested,
  (api.order_at(o, statement_timestamp())).trucks_total as trucks_total,
  o.trucks_filled,
  (api.order_at(o, statement_timestamp())).total_amount as total_amount,
  o.cancel_reason,
  o.erased_at,
  o.erased_by
from app.orders o;

comment on view api.orders is 'Every order as it truly is now, with its stored status beside the true one.';
comment on column api.orders.status is 'The true status: the stored one, corrected by the clock.';
comment on column api.orders.stored_status is 'What was last written down. Differs from the true status between expires_at and the next sweep or create.';
comment on column api.orders.is_open is 'Searches for trucks and refuses the customer''s next create.';
comment on column api.orders.is_due is 'Its search has run out and nothing has written that down yet. It refuses nobody.';
comment on column api.orders.is_live is 'Not over: it searches, or its trucks are under way.';
comment on column api.orders.seconds_left is 'Whole seconds that the search still runs, rounded up; 0 when it does not.';
