create or replace view api.due_orders as
select
  o.id, o.customer_id, o.customer_name, o.customer_phone, o.stored_status, o.status, o.expires_at,
  ceil(extract(epoch from statement_timestamp() - o.expires_at))::integer as due_seconds
from api.orders o
where o.is_due;

comment on view api.due_orders is 'Orders whose search has run out and that nothing has closed yet. They refuse nobody; api.expire_due_orders() writes them down.';
comment on column api.due_orders.due_seconds is 'For how many seconds it has been due.';
