-- The caller holds the locks of orders that are over and have no live trip, so by no command is anything added to them
-- meanwhile but a dispute, which waits for us. Every trip has a driver to blank; of disputes and events only those are
-- written that say something. No event and no new time: nothing has happened to the order. The code of a dispute is blank when
-- it is the one that the app sends: others are the customer's own words.
create or replace function api.erase_locked_orders(p_customer_ids uuid[], p_order_ids uuid[], p_at timestamptz, p_actor text)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  update app.orders o
  set customer_name = '', customer_phone = '',
    pickup_latitude = 0, pickup_longitude = 0, pickup_address = '', pickup_city = null, pickup_state = null,
    drop_latitude = 0, drop_longitude = 0, drop_address = '', drop_city = null, drop_state = null,
    stops = '[]', cancel_reason = null, content_hash = decode(repeat('00', 32), 'hex'), erased_at = p_at, erased_by = p_actor
  from unnest(p_customer_ids, p_order_ids) as k(customer_id, id)
  where o.customer_id = k.customer_id and o.id = k.id;
  get diagnostics v_count = row_count;

  update app.trips t
  set driver_name = '', driver_phone = '', end_reason = null
  from unnest(p_customer_ids, p_order_ids) as k(customer_id, id)
  where t.customer_id = k.customer_id and t.order_id = k.id;
  update app.disputes d
  set notes = '', reason_code = 'customer_request'
  from unnest(p_customer_ids, p_order_ids) as k(customer_id, id)
  where d.customer_id = k.customer_id and d.order_id = k.id and (d.notes <> '' or d.reason_code <> 'customer_request');
  update app.order_events e
  set reason = null
  from unnest(p_customer_ids, p_order_ids) as k(customer_id, id)
  where e.customer_id = k.customer_id and e.order_id = k.id and e.reason is not null;
  return v_count;
end
$$;

comment on function api.erase_locked_orders(uuid[], uuid[], timestamptz, text) is
  'Blanks what is personal in these locked orders that are over, and in their trips, disputes and events; returns how many orders it blanked. Deletes nothing.';
