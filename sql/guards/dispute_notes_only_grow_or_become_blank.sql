-- Locks the order against its erasing, and waits for one that has begun: notes that came just then would stay for ever.
-- Nobody who asks for help is refused, so an erased order gets its dispute without them. The code is any text on the wire, so
-- it is kept like them; blank is the one that the app sends.
create or replace function app.dispute_notes_only_grow_or_become_blank()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_erased_at timestamptz;
begin
  select o.erased_at into v_erased_at
  from app.orders o
  where o.customer_id = new.customer_id and o.id = new.order_id
  for share;
  if v_erased_at is not null then
    new.notes := '';
    new.reason_code := 'customer_request';
  elsif tg_op = 'UPDATE' and (
    new.notes <> '' and not starts_with(new.notes, old.notes)
    or new.reason_code not in (old.reason_code, 'customer_request')) then
    raise exception using
      errcode = 'OR409',
      constraint = 'dispute_notes_only_grow_or_become_blank',
      message = 'What the customer wrote in a dispute stays as it is',
      detail = json_build_object('orderId', old.order_id)::text,
      hint = 'api.dispute_cancel adds what they write later. The notes may become blank, and the code customer_request.';
  end if;
  return new;
end
$$;

comment on function app.dispute_notes_only_grow_or_become_blank() is
  'Refuses dispute_notes_only_grow_or_become_blank (OR409): notes are only added to, or become blank, and the code only customer_request. Those of an erased order are left out.';

create or replace trigger dispute_notes_only_grow_or_become_blank
  before insert or update of notes, reason_code on app.disputes
  for each row when (new.notes <> '' or new.reason_code <> 'customer_request')
  execute function app.dispute_notes_only_grow_or_become_blank();
