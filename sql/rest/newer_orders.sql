create or replace function rest.newer_orders(p_customer_ids uuid[], p_order_ids uuid[])
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select json_agg(json_build_array(k.place, o.id, o.is_live, (
      select max(e.id) from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id)))
    from unnest(p_customer_ids, p_order_ids) with ordinality as k(customer_id, order_id, place)
    cross join lateral (
      (select n.customer_id, n.id, n.is_live
      from app.orders n
      where n.customer_id = k.customer_id and n.id > k.order_id
      order by n.id desc
      limit 5)
      union all
      select n.customer_id, n.id, n.is_live
      from app.orders n
      where n.customer_id = k.customer_id and n.is_open and n.id < k.order_id) o)::text;
end
$$;

comment on function rest.newer_orders(uuid[], uuid[]) is
  'The newest five orders of each of these customers that are newer than the one given, and an older one that searches again: [[place in the arrays from 1, order id, whether it is live, its last event]]. Null when there is none.';
