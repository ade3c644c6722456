create or replace function api.replayed_order(p_customer_id uuid, p_idempotency_key text, p_content_hash bytea)
returns app.orders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_order app.orders;
begin
  if p_idempotency_key is null then
    return null;
  end if;
  select o.* into v_order
  from app.orders o
  where o.customer_id = p_customer_id and o.idempotency_key = p_idempotency_key;
  if v_order.content_hash <> p_content_hash then
    raise exception using
      errcode = 'OR409',
      constraint = 'idempotency_key_means_one_order',
      message = 'This idempotency key has already created another order',
      detail = json_build_object('orderId', v_order.id)::text,
      hint = 'Use a new key for a new order; repeat the same content to get the stored order back.';
  end if;
  return v_order;
end
$$;

comment on function api.replayed_order(uuid, text, bytea) is
  'The order that this key has made, as stored, or null. Refuses idempotency_key_means_one_order (OR409) when the content differs.';
