-- Runs as its owner, so that an operator who may not touch app can ask it; measured beside the inlined form in the README.
create or replace function api.active_order(p_customer_id uuid)
returns setof app.orders
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return query
    select o.*
    from app.orders o
    where o.customer_id = p_customer_id and o.is_open and o.expires_at > clock_timestamp();
end
$$;

comment on function api.active_order(uuid) is
  'The customer''s open order: the one that would refuse a create now. No row when there is none. Writes nothing.';
