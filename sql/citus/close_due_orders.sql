-- What somebody else holds is left out, for the next call: waiting here would hold up the news of every other order.
create or replace function rest.close_due_orders(p_customer_ids uuid[], p_order_ids uuid[])
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_count integer := 0;
begin
  for v_place in 1..cardinality(p_order_ids) loop
    perform from app.orders o
    where o.customer_id = p_customer_ids[v_place] and o.id = p_order_ids[v_place] and o.is_open
    for update skip locked;
    if found then
      perform api.close_due_order(p_customer_ids[v_place], p_order_ids[v_place]);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;

comment on function rest.close_due_orders(uuid[], uuid[]) is
  'For a process whose subscribers wait for the end of these orders'' searches: api.close_due_order for each that nobody holds, so that the news is a row like any other. Returns for how many.';
