-- As on one server, but joined: a shard cannot look into itself for each key of a list that comes from elsewhere.
create or replace function rest.live_events(p_customer_ids uuid[], p_order_ids uuid[], p_after_ids bigint[])
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select json_agg(json_build_array(news.subscription, news.id, news.what) order by news.subscription, news.id)
    from (
      select k.subscription, e.id, rest.live_messages(row(e.*)::app.order_events) as what
      from unnest(p_customer_ids, p_order_ids, p_after_ids) with ordinality as k(customer_id, order_id, after_id, subscription)
      join app.order_events e on e.customer_id = k.customer_id and e.order_id = k.order_id and e.id > k.after_id
      union all
      select k.subscription, null, case when o.is_live then json '"due"' else json '"over"' end
      from unnest(p_customer_ids, p_order_ids, p_after_ids) with ordinality as k(customer_id, order_id, after_id, subscription)
      join app.orders o on o.customer_id = k.customer_id and o.id = k.order_id
      where (o.is_open and o.expires_at <= clock_timestamp())
        or (not o.is_live and not exists (
          select from app.order_events e
          where e.customer_id = o.customer_id and e.order_id = o.id and e.id > k.after_id))) news)::text;
end
$$;

comment on function rest.live_events(uuid[], uuid[], bigint[]) is
  'What is new for these subscriptions, as [[subscription, event id, messages]]: subscriptions count from 1 in the order of the arrays, messages are those of rest.live_messages. Without an event id an entry says "due" (call rest.close_due_orders) or "over" (nothing will ever follow). Null when nothing is new.';
