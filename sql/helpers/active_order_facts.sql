-- One shape for check-active and for the refusal of a second order, so that they cannot tell two stories.
create or replace function api.active_order_facts(p_order app.orders, p_at timestamptz)
returns json
language sql
stable
begin atomic
  select json_build_object(
    'orderId', p_order.id,
    'status', p_order.status,
    'createdAt', api.iso_time(p_order.created_at),
    'expiresAt', api.iso_time(p_order.expires_at),
    'remainingSeconds', api.seconds_left(p_order, p_at));
end;

comment on function api.active_order_facts(app.orders, timestamptz) is
  'An open order in five facts: orderId, status, createdAt, expiresAt (UTC) and remainingSeconds.';
