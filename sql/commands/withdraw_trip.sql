-- Locks the order, then the trip, then the truck request. The search can end, or the customer place another order, between
-- the judgement and the write; the guard or the index then refuses: judge once more.
create or replace function api.withdraw_trip(p_trip_id uuid, p_reason text)
returns api.trips
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_trip app.trips := api.known_trip(p_trip_id);
  v_order app.orders;
  v_rule text;
  v_message text;
  v_context text;
begin
  perform api.refuse_blank_reason(p_reason);
  for v_round in 1..2 loop
    v_order := api.lock_order(v_trip.customer_id, v_trip.order_id);
    v_trip := api.lock_trip(v_trip);
    if v_trip.status = 'withdrawn' then
      return api.trip(v_trip);
    end if;
    if v_trip.status <> 'driver_accepted' then
      perform api.refuse_trip_move(v_trip, 'withdrawn');
    end if;
    begin
      perform api.release_truck(v_order, v_trip, p_reason);
      return api.trip(v_trip);
    exception when sqlstate 'OR409' or unique_violation then
      get stacked diagnostics v_rule = constraint_name, v_message = message_text, v_context = pg_exception_context;
      v_rule := api.rule_behind(v_rule, v_message, v_context);
      if v_rule not in ('order_move_is_legal', 'one_active_order_per_customer') then
        raise;
      end if;
    end;
  end loop;

  raise exception using
    errcode = 'OR503',
    constraint = 'order_is_contended',
    message = 'The order moved twice while its truck was being withdrawn',
    hint = 'Nothing was changed. Try again.';
end
$$;

comment on function api.withdraw_trip(uuid, text) is
  'Takes a promised truck back before it sets off, as its transporter or an admin decides, with a reason; frees vehicle and driver. Within the search window another truck is sought; after it, or when the customer has another open order, the order goes on without this truck, and without any it is cancelled. The reason stays with the trip and its entry in the timeline: its transporter is shown it, the customer is not. A withdrawn trip is returned unchanged. Refuses trip_is_known (OR404), trip_end_reason_is_given (OR400), trip_move_is_legal (OR409) and order_is_contended (OR503).';
