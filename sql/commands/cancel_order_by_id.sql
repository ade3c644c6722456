-- For admins and DBAs, who know one id. Locks as api.cancel_order does.
create or replace function api.cancel_order_by_id(p_order_id uuid, p_reason text)
returns api.orders
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_customer_id uuid := api.customer_of_order(p_order_id);
  v_order api.orders;
begin
  if coalesce(p_reason, '') !~ '\S' then
    raise exception using
      errcode = 'OR400',
      constraint = 'cancel_reason_is_given',
      message = 'A cancel on somebody''s behalf needs a reason',
      hint = 'Say why in up to 500 characters: the customer''s timeline shows it.';
  end if;
  perform api.cancel_order(v_customer_id, p_order_id, p_reason);
  select o.* into v_order from api.orders o where o.customer_id = v_customer_id and o.id = p_order_id;
  if v_order.is_open then -- its search ended while we waited for the row; the view's clock has stood still since before that
    perform api.close_due_order(v_customer_id, p_order_id);
    select o.* into v_order from api.orders o where o.customer_id = v_customer_id and o.id = p_order_id;
  end if;
  return v_order;
end
$$;

comment on function api.cancel_order_by_id(uuid, text) is
  'Cancels an order on somebody''s behalf, with a reason, and returns it. One that is already cancelled or expired is returned unchanged. Refuses order_is_known (OR404), cancel_reason_is_given (OR400), order_is_cancellable (OR409) and order_is_contended (OR503).';
