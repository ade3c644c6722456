-- expiresIn is the phone's only clock and must be positive, so a replay of a closed order says 1.
create or replace function rest.created_order_json(p_order app.orders, p_at timestamptz)
returns json
language sql
stable
begin atomic
  select json_build_object(
    'order', rest.order_json(p_order, greatest(1, api.seconds_left(p_order, p_at))),
    'truckRequests', rest.truck_requests_json(p_order),
    'broadcastSummary', json_build_object(
      'totalRequests', p_order.trucks_total,
      'groupedBy', (
        select json_agg(json_build_object('vehicleType', g.vehicle_type, 'vehicleSubtype', g.vehicle_subtype,
          'count', g.count, 'transportersNotified', 0) order by g.first_number)
        from (
          select t.vehicle_type, t.vehicle_subtype, count(*), min(t.request_number) as first_number
          from api.truck_requests_of(p_order) t
          group by t.vehicle_type, t.vehicle_subtype) g),
      'totalTransportersNotified', 0),
    'timeoutSeconds', extract(epoch from p_order.expires_at - p_order.created_at)::integer,
    'dispatchAttempts', 0,
    'onlineCandidates', 0,
    'notifiedTransporters', 0,
    'serverTimeMs', rest.epoch_ms(p_at));
end;

comment on function rest.created_order_json(app.orders, timestamptz) is
  'The data of a create: the order, its truck requests, and counts that are 0 because nothing knows them.';
