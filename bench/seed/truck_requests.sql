-- Two for each order, as its end has left them.
insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck,
  status, created_at, updated_at)
select o.customer_id, o.id, n, 'open', '17 Feet', 3555,
  case o.status when 'active' then 'searching' else o.status end, o.created_at, o.updated_at
from app.orders o cross join generate_series(1, 2) n
