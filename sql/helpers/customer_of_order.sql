-- Admins and DBAs know one id; everything else is found by the full key.
create or replace function api.customer_of_order(p_order_id uuid)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  v_customer_id uuid := (select o.customer_id from app.orders o where o.id = p_order_id);
begin
  if v_customer_id is null then
    raise exception using
      errcode = 'OR404',
      constraint = 'order_is_known',
      message = format('There is no order %s', coalesce(p_order_id::text, 'without an id')),
      hint = 'Look for it among the orders of its customer, by customer id or phone.';
  end if;
  return v_customer_id;
end
$$;

comment on function api.customer_of_order(uuid) is 'Whose order this is. Refuses order_is_known (OR404).';
