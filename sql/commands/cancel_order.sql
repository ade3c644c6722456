-- Locks the order unless it is over, then its truck requests. A search can end between the judgement and the write, which
-- the guard then refuses: judge once more, and what the clock has made of the order stands still.
create or replace function api.cancel_order(p_customer_id uuid, p_order_id uuid, p_reason text default null)
returns app.orders
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_order app.orders;
  v_rule text;
  v_message text;
  v_context text;
begin
  for v_round in 1..2 loop
    v_order := api.lock_unless_over(p_customer_id, p_order_id);
    if not api.is_cancellable(v_order) then
      raise exception using
        errcode = 'OR409',
        constraint = 'order_is_cancellable',
        message = format('The order is %s and can no longer be cancelled', v_order.status),
        detail = json_build_object('orderId', v_order.id, 'status', v_order.status)::text,
        hint = 'An order can be cancelled until its first trip starts.';
    end if;
    if not v_order.is_live then
      return v_order;
    end if;
    begin
      return api.write_cancel(v_order, p_reason);
    exception when sqlstate 'OR409' then
      get stacked diagnostics v_rule = constraint_name, v_message = message_text, v_context = pg_exception_context;
      v_rule := api.rule_behind(v_rule, v_message, v_context);
      if v_rule <> 'order_move_is_legal' then
        raise;
      end if;
    end;
  end loop;

  raise exception using
    errcode = 'OR503',
    constraint = 'order_is_contended',
    message = 'The order moved twice while it was being cancelled',
    hint = 'Nothing was changed. Try again.';
end
$$;

comment on function api.cancel_order(uuid, uuid, text) is
  'Cancels the customer''s order and returns it. One that is already cancelled or expired is returned unchanged. A search that ended partly filled is settled first. Refuses order_is_known (OR404), order_is_cancellable (OR409) and order_is_contended (OR503).';
