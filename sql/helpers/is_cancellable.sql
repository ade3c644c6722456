-- Wants the order as api.order_at gives it. Cancelling what is already over without a trip is granted and changes
-- nothing: the app shows every refused cancel as done, so a yes is the honest answer.
create or replace function api.is_cancellable(p_order app.orders)
returns boolean
language sql
stable
begin atomic
  select p_order.status in ('cancelled', 'expired')
    or exists (select from app.order_transitions m where m.from_status = p_order.status and m.to_status = 'cancelled');
end;

comment on function api.is_cancellable(app.orders) is
  'Whether api.cancel_order would be granted for this time-aware order (api.order_at).';
