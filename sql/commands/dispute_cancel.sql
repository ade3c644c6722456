-- Locks the order, then its dispute, if there is one. In the other order, which an upsert without notes would take, the
-- order's erasing and this would wait for each other. Asked again in other words, those are added while there is room: what
-- was written first stays, and nobody who asks for help is refused.
create or replace function api.dispute_cancel(p_customer_id uuid, p_order_id uuid, p_reason_code text, p_notes text)
returns app.disputes
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_order app.orders := api.known_order(p_customer_id, p_order_id);
  v_dispute app.disputes;
begin
  perform from app.orders o where o.customer_id = v_order.customer_id and o.id = v_order.id for share;
  insert into app.disputes as d (customer_id, order_id, reason_code, notes)
  values (v_order.customer_id, v_order.id, p_reason_code, p_notes)
  on conflict on constraint one_dispute_per_order do update
  set notes = case
    when position(e'\n' || excluded.notes || e'\n' in e'\n' || d.notes || e'\n') > 0
      or length(d.notes || excluded.notes) + (d.notes <> '' and excluded.notes <> '')::integer > 2000 then d.notes
    else d.notes || case when d.notes <> '' and excluded.notes <> '' then e'\n' else '' end || excluded.notes end
  returning d.* into v_dispute;
  return v_dispute;
end
$$;

comment on function api.dispute_cancel(uuid, uuid, text, text) is
  'Records for admins that the customer wants to be let out of an order, and returns the order''s one dispute. Refuses order_is_known (OR404).';
