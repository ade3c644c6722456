-- From the order to its events: one order id finds them through orders_by_id.
create or replace view api.order_events as
select
  e.id,
  o.customer_id,
  o.id as order_id,
  e.from_status,
  e.to_status,
  e.actor,
  e.reason,
  e.occurred_at,
  e.recorded_at,
  e.trucks_filled,
  e.trucks_total,
  e.trip_id,
  e.trip_status
from app.orders o
join app.order_events e on e.customer_id = o.customer_id and e.order_id = o.id;

comment on view api.order_events is 'What was written down about every order. api.order_timeline also tells what the clock has done since.';
comment on column api.order_events.actor is 'customer; transporter, admin or support with their id; clock (an expiry or a settling, whoever noticed it); or by hand the session user.';
comment on column api.order_events.trip_id is 'The trip that moved; null for a move of the order.';
