-- Readers show this row and sweeps write it, so nobody can tell whether a due order has been swept yet. It runs as its
-- owner because the views of schema api call it for roles that may not touch app.
create or replace function api.order_at(p_order app.orders, p_at timestamptz)
returns app.orders
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if (p_order.is_open and p_order.expires_at <= p_at) is not true then
    return p_order;
  end if;
  p_order.status := api.status_at(p_order, p_at);
  p_order.is_open := false;
  p_order.is_live := p_order.trucks_filled > 0;
  p_order.updated_at := p_order.expires_at;
  if p_order.trucks_filled > 0 then
    p_order.trucks_total := p_order.trucks_filled;
    p_order.total_amount := (
      select coalesce(sum(t.price_per_truck), 0)
      from app.truck_requests t
      where t.customer_id = p_order.customer_id and t.order_id = p_order.id and t.is_filled);
  end if;
  return p_order;
end
$$;

comment on function api.order_at(app.orders, timestamptz) is
  'The order as it truly is at an instant: expired or settled once its search has run out, else as stored.';
