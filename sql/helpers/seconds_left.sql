create or replace function api.seconds_left(p_order app.orders, p_at timestamptz)
returns integer
language sql
immutable
begin atomic
  select case when p_order.is_open
    then greatest(0, ceil(extract(epoch from p_order.expires_at - p_at)))::integer
    else 0
  end;
end;

comment on function api.seconds_left(app.orders, timestamptz) is
  'Whole seconds that the search still runs, rounded up, so that it is 0 exactly when due; 0 for an order that does not search.';
