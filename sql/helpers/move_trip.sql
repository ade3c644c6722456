-- The caller holds the order's lock. A truck request and its trip move together: here, at the acceptance
-- (api.accept_truck_request), and when the whole order is cancelled (api.write_cancel).
create or replace function api.move_trip(p_trip app.trips, p_status text, p_request_status text, p_reason text default null)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  update app.truck_requests t
  set status = p_request_status, updated_at = v_now
  where t.customer_id = p_trip.customer_id and t.order_id = p_trip.order_id and t.request_number = p_trip.request_number;
  update app.trips t
  set status = p_status, end_reason = p_reason,
    started_at = case when p_status = 'in_transit' then v_now else t.started_at end,
    ended_at = case when p_status <> 'in_transit' then v_now end
  where t.customer_id = p_trip.customer_id and t.order_id = p_trip.order_id and t.id = p_trip.id;
end
$$;

comment on function api.move_trip(app.trips, text, text, text) is
  'Moves a trip and the truck request that it fills, now. Refuses trip_move_is_legal and truck_request_move_is_legal (OR409).';
