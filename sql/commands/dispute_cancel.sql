-- Locks the order's dispute, if there is one. Nothing that a customer wrote is lost: other words are added.
create or replace function api.dispute_cancel(p_customer_id uuid, p_order_id uuid, p_reason_code text, p_notes text)
returns app.disputes
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
  v_dispute app.disputes;
begin
  insert into app.disputes as d (customer_id, order_id, reason_code, notes)
  values (v_order.customer_id, v_order.id, p_reason_code, p_notes)
  on conflict on constraint one_dispute_per_order do update
  set notes = case when position(excluded.notes in d.notes) > 0 then d.notes else concat_ws(e'\n', nullif(d.notes, ''), excluded.notes) end
  returning d.* into v_dispute;
  return v_dispute;
end
$$;

comment on function api.dispute_cancel(uuid, uuid, text, text) is
  'Records for admins that the customer wants to be let out of an order, and returns the order''s one dispute. Refuses order_is_known (OR404).';
