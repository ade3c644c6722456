create or replace function api.known_order(p_customer_id uuid, p_order_id uuid)
returns app.orders
language plpgsql
stable
set search_path = ''
as $$
declare
  v_order app.orders;
begin
  select d.* into v_order from api.order_detail(p_customer_id, p_order_id) d;
  if v_order.id is null then
    perform api.refuse_unknown_order();
  end if;
  return v_order;
end
$$;

comment on function api.known_order(uuid, uuid) is
  'The customer''s order as it truly is now. Refuses order_is_known (OR404).';
