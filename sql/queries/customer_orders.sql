-- No standard body: that would keep the columns of today, and fail on a table that a migration has added one to.
create or replace function api.customer_orders(p_customer_id uuid, p_limit integer default 20, p_offset integer default 0)
returns setof app.orders
language sql
stable
as $$
  select d.*
  from (
    select row(o.*)::app.orders as stored, o.id
    from app.orders o
    where o.customer_id = p_customer_id
    order by o.id desc
    limit p_limit offset p_offset
  ) page
  cross join lateral api.order_at(page.stored, clock_timestamp()) d
  order by d.id desc
$$;

comment on function api.customer_orders(uuid, integer, integer) is
  'The customer''s orders as they truly are now, newest first, a page at a time.';
