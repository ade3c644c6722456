-- The functions that the other view calls take a row of the table, so that it would stand on itself (src/db/for-citus.ts).
create or replace view api.orders as
select
  o.id,
  o.customer_id,
  o.customer_name,
  o.customer_phone,
  case when not o.is_due then o.status when o.trucks_filled = 0 then 'expired' else 'fully_filled' end as status,
  o.status as stored_status,
  o.is_open and not o.is_due as is_open,
  o.is_due,
  case when o.is_due then o.trucks_filled > 0 else o.is_live end as is_live,
  case when o.is_open and not o.is_due then ceil(extract(epoch from o.expires_at - statement_timestamp()))::integer else 0 end as seconds_left,
  o.created_at,
  case when o.is_due then o.expires_at else o.updated_at end as updated_at,
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
  case when o.is_due and o.trucks_filled > 0 then o.trucks_filled else o.trucks_total end as trucks_total,
  o.trucks_filled,
  case when o.is_due and o.trucks_filled > 0 then (
    select coalesce(sum(t.price_per_truck), 0)::integer
    from app.truck_requests t
    where t.customer_id = o.customer_id and t.order_id = o.id and t.is_filled) else o.total_amount end as total_amount,
  o.cancel_reason,
  o.erased_at,
  o.erased_by
from (select s.*, s.is_open and s.expires_at <= statement_timestamp() as is_due from app.orders s) o;

comment on view api.orders is 'Every order as it truly is now, with its stored status beside the true one.';
comment on column api.orders.status is 'The true status: the stored one, corrected by the clock.';
comment on column api.orders.stored_status is 'What was last written down. Differs from the true status between expires_at and the next sweep or create.';
comment on column api.orders.is_open is 'Searches for trucks and refuses the customer''s next create.';
comment on column api.orders.is_due is 'Its search has run out and nothing has written that down yet. It refuses nobody.';
comment on column api.orders.is_live is 'Not over: it searches, or its trucks are under way.';
comment on column api.orders.seconds_left is 'Whole seconds that the search still runs, rounded up; 0 when it does not.';
