drop function if exists api.replayed_order(uuid, text, bytea);

create or replace function api.replayed_order(p_customer_id uuid, p_order_id uuid, p_content_hashes bytea[])
returns app.orders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_order app.orders;
begin
  select o.* into v_order from app.orders o where o.customer_id = p_customer_id and o.id = p_order_id;
  if v_order.content_hash <> all (p_content_hashes) then
    raise exception using
      errcode = 'OR409',
      constraint = 'idempotency_key_means_one_order',
      message = 'This idempotency key has already created another order',
      detail = json_build_object('orderId', v_order.id)::text,
      hint = 'Use a new key for a new order; repeat the same content to get the stored order back.';
  end if;
  return api.order_at(v_order, clock_timestamp());
end
$$;

comment on function api.replayed_order(uuid, uuid, bytea[]) is
  'The order that a key has made, as it truly is now. Refuses idempotency_key_means_one_order (OR409) unless its content is one of these.';
