-- The creation and, where it is over, the end of each order.
insert into app.order_events (customer_id, order_id, from_status, to_status, trucks_filled, trucks_total, actor, reason,
  occurred_at, recorded_at)
select o.customer_id, o.id, e.from_status, e.to_status, o.trucks_filled, o.trucks_total, e.actor, e.reason, e.at, e.at
from app.orders o cross join lateral (values
  (null, 'active', 'customer', null, o.created_at),
  (case o.status when 'completed' then 'in_progress' else 'active' end, o.status,
    case o.status when 'expired' then 'clock' else 'customer' end, o.cancel_reason, o.updated_at)
) e(from_status, to_status, actor, reason, at)
where e.from_status is null or o.status <> 'active'
