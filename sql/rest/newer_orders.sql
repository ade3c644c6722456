create or replace function rest.newer_orders(p_customer_ids uuid[], p_order_ids uuid[])
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select json_agg(json_build_array(k.place, o.id, o.is_live, o.last_event_id))
    from unnest(p_customer_ids, p_order_ids) with ordinality as k(customer_id, order_id, place)
    cross join lateral (
      select n.id, n.is_live, (
        select max(e.id) from app.order_events e where e.customer_id = n.customer_id and e.order_id = n.id) as last_event_id
      from app.orders n
      where n.customer_id = k.customer_id and n.id > k.order_id
      order by n.id desc
      limit 1) o)::text;
end
$$;

comment on function rest.newer_orders(uuid[], uuid[]) is
  'The newest order of each of these customers, where it is newer than the one given: [[place in the arrays from 1, order id, whether it is live, its last event]]. Null when there is none.';
