-- From the order to its trucks: one order id finds them through orders_by_id, and newest orders come first without a sort.
create or replace view api.truck_requests as
select
  o.id || '.' || t.request_number as id,
  o.customer_id,
  o.id as order_id,
  t.request_number,
  t.vehicle_type,
  t.vehicle_subtype,
  t.price_per_truck,
  api.truck_request_status(t.status, o.is_open) as status,
  t.status as stored_status,
  t.created_at,
  case when api.truck_request_status(t.status, o.is_open) = t.status then t.updated_at else o.expires_at end as updated_at
from api.orders o
join app.truck_requests t on t.customer_id = o.customer_id and t.order_id = o.id;

comment on view api.truck_requests is 'Every truck that was asked for, as it truly is now.';
comment on column api.truck_requests.id is '<order id>.<request number>, as on the wire.';
comment on column api.truck_requests.status is 'searching, assigned, in_progress, completed, expired or cancelled. One that searches for an order that does not has expired.';
comment on column api.truck_requests.stored_status is 'What was last written down.';
