create or replace view api.disputes as
select d.id, d.customer_id, d.order_id, d.reason_code, d.notes, d.created_at
from app.disputes d;

comment on view api.disputes is 'Customers who asked to be let out of an order that could no longer be cancelled.';
