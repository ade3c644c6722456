-- As on one server, an order at a time: each is on a shard of its own.
create or replace function api.close_locked_orders(p_customer_ids uuid[], p_order_ids uuid[], p_at timestamptz)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_order app.orders;
  v_true app.orders;
  v_count integer := 0;
begin
  for v_place in 1..cardinality(p_order_ids) loop
    select o.* into v_order
    from app.orders o
    where o.customer_id = p_customer_ids[v_place] and o.id = p_order_ids[v_place];
    if v_order.is_open and v_order.expires_at <= p_at then
      v_true := api.order_at(v_order, p_at);
      update app.orders o
      set status = v_true.status, trucks_total = v_true.trucks_total, total_amount = v_true.total_amount
      where o.customer_id = v_order.customer_id and o.id = v_order.id;
      v_order := v_true;
      v_count := v_count + 1;
    end if;
    if not v_order.is_open then
      update app.truck_requests t
      set status = 'expired', updated_at = v_order.expires_at
      where t.customer_id = v_order.customer_id and t.order_id = v_order.id and t.status = 'searching';
    end if;
  end loop;
  return v_count;
end
$$;

comment on function api.close_locked_orders(uuid[], uuid[], timestamptz) is
  'Writes down the end of the search for those of these locked orders that are due; returns how many were.';
