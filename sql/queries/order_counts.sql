-- A day by default, so that the answer is quick however many old orders there are.
create or replace function api.order_counts(
  p_created_from timestamptz default null, p_created_before timestamptz default null)
returns table (status text, order_count integer)
language sql
stable
security definer
set search_path = ''
as $$
  select s.status, count(o.id)::integer
  from api.order_statuses s
  left join api.orders o on o.status = s.status
    and o.created_at >= coalesce(p_created_from, statement_timestamp() - interval '1 day')
    and o.created_at < coalesce(p_created_before, 'infinity')
  group by s.status
  order by s.status
$$;

comment on function api.order_counts(timestamptz, timestamptz) is
  'How many orders of each true status were created from one time until before another; the last 24 hours unless you say otherwise.';
