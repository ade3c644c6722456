create or replace view api.active_orders as
select
  o.id, o.customer_id, o.customer_name, o.customer_phone, o.status, o.seconds_left, o.created_at, o.expires_at,
  o.trucks_requested, o.trucks_filled, o.total_amount
from api.orders o
where o.is_open;

comment on view api.active_orders is 'Orders that search for trucks now: each refuses its customer''s next create for seconds_left more seconds.';
