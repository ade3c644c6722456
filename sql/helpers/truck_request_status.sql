create or replace function api.truck_request_status(p_stored_status text, p_order_is_open boolean)
returns text
language sql
immutable
begin atomic
  select case when p_stored_status = 'searching' and not p_order_is_open then 'expired' else p_stored_status end;
end;

comment on function api.truck_request_status(text, boolean) is
  'The status that is true of a truck request: one that searches for an order that does not search any more has expired.';
