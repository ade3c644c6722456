-- What somebody else holds is left out, for the next call: waiting here would hold up the news of every other order.
create or replace function rest.close_due_orders(p_customer_ids uuid[], p_order_ids uuid[])
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_order app.orders;
  v_count integer := 0;
begin
  for v_order in
    select o.*
    from unnest(p_customer_ids, p_order_ids) as k(customer_id, order_id)
    join app.orders o on o.customer_id = k.customer_id and o.id = k.order_id
    where o.is_open
    for update of o skip locked
  loop
    perform api.close_due_order(v_order.customer_id, v_order.id);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

comment on function rest.close_due_orders(uuid[], uuid[]) is
  'For a process whose subscribers wait for the end of these orders'' searches: api.close_due_order for each that nobody holds, so that the news is a row like any other. Returns for how many.';
