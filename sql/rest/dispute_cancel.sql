create or replace function rest.dispute_cancel(p_customer_id uuid, p_order_id uuid, p_reason_code text, p_notes text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_dispute app.disputes := api.dispute_cancel(p_customer_id, p_order_id, coalesce(p_reason_code, 'customer_request'), coalesce(p_notes, ''));
begin
  return json_build_object('success', true, 'data', json_build_object(
    'disputeId', v_dispute.id,
    'stage', 'open',
    'message', 'Your request is recorded. Our support team will contact you.'))::text;
end
$$;

comment on function rest.dispute_cancel(uuid, uuid, text, text) is
  'POST /bookings/orders/:id/cancel/dispute: api.dispute_cancel in the app''s dialect. Asked again, it answers the same dispute. Refuses order_is_known (OR404).';
