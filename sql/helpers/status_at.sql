-- The one time-aware definition of an order's status: what is stored, corrected by the clock.
-- A search that has run out has expired, or has settled for the trucks it found.
create or replace function api.status_at(p_order app.orders, p_at timestamptz)
returns text
language sql
immutable
begin atomic
  select case
    when (p_order.is_open and p_order.expires_at <= p_at) is not true then p_order.status
    when p_order.trucks_filled = 0 then 'expired'
    else 'fully_filled'
  end;
end;

comment on function api.status_at(app.orders, timestamptz) is
  'The status that is true at an instant, whether or not a sweep has written it down yet.';
