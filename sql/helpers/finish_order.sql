-- The caller holds the order's lock.
create or replace function api.finish_order(p_customer_id uuid, p_order_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update app.orders o
  set status = 'completed'
  where o.customer_id = p_customer_id and o.id = p_order_id and o.status = 'in_progress'
    and not exists (
      select from app.truck_requests t
      where t.customer_id = o.customer_id and t.order_id = o.id and t.is_filled and t.status <> 'completed');
end
$$;

comment on function api.finish_order(uuid, uuid) is
  'Completes an order that is in progress once every truck of it is; does nothing before.';
