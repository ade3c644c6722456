create or replace function api.refuse_unknown_order()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR404',
    constraint = 'order_is_known',
    message = 'This customer has no such order',
    hint = 'Check both ids: an order is found by its customer and its own id.';
end
$$;

comment on function api.refuse_unknown_order() is
  'Always refuses order_is_known (OR404): one answer for an order that does not exist and one that is somebody else''s.';
