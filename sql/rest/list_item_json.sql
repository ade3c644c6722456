create or replace function rest.list_item_json(p_order app.orders)
returns jsonb
language sql
stable
begin atomic
  select rest.order_json(p_order, null)::jsonb || jsonb_build_object('requestsSummary', (
    select jsonb_build_object(
      'total', count(*),
      'searching', count(*) filter (where t.status = 'searching'),
      'assigned', count(*) filter (where t.is_filled and t.status <> 'completed'),
      'completed', count(*) filter (where t.status = 'completed'),
      'expired', count(*) filter (where t.status = 'expired'))
    from api.truck_requests_of(p_order) t));
end;

comment on function rest.list_item_json(app.orders) is
  'An order in the app''s list: as in detail, without the countdown, with its truck requests counted.';
