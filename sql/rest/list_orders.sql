create or replace function rest.list_orders(p_customer_id uuid, p_page integer, p_limit integer)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_offset integer := (p_page - 1) * p_limit;
  v_total integer := (select count(*) from app.orders o where o.customer_id = p_customer_id);
begin
  return json_build_object('success', true, 'data', json_build_object(
    'orders', (
      select coalesce(json_agg(rest.list_item_json(page) order by page.id desc), '[]')
      from api.customer_orders(p_customer_id, p_limit, v_offset) page),
    'page', p_page,
    'limit', p_limit,
    'total', v_total,
    'hasMore', v_total > v_offset + p_limit))::text;
end
$$;

comment on function rest.list_orders(uuid, integer, integer) is
  'GET /orders: a page of the customer''s orders, newest first, each as it truly is now. Pages count from 1.';
