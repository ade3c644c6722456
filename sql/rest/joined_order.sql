create or replace function rest.joined_order(p_customer_id uuid, p_order_id uuid)
returns bigint
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
begin
  return coalesce((
    select max(e.id) - 1
    from app.order_events e
    where e.customer_id = v_order.customer_id and e.order_id = v_order.id and e.from_status is distinct from e.to_status), 0);
end
$$;

comment on function rest.joined_order(uuid, uuid) is
  'After which event a phone that joins the order listens: the move that brought it to its status is told again, and what followed. Refuses order_is_known (OR404).';
