-- Only an update that names one of these columns is judged at all, and none of a create, a cancel or a sweep does. The rule
-- is here and not in a when clause or a check, since PostgreSQL reads the whole text of both anew for every order that is
-- created: this one would be a tenth of it. The reason of a cancel comes with its move, so closed_order_never_changes keeps it.
create or replace function app.personal_facts_only_become_blank()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_zeros bytea := decode(repeat('00', 32), 'hex');
begin
  if (old.customer_name, old.customer_phone, old.pickup_latitude, old.pickup_longitude, old.pickup_address, old.pickup_city, old.pickup_state,
      old.drop_latitude, old.drop_longitude, old.drop_address, old.drop_city, old.drop_state, old.stops, old.content_hash, old.erased_at, old.erased_by)
    is distinct from
    (new.customer_name, new.customer_phone, new.pickup_latitude, new.pickup_longitude, new.pickup_address, new.pickup_city, new.pickup_state,
      new.drop_latitude, new.drop_longitude, new.drop_address, new.drop_city, new.drop_state, new.stops, new.content_hash, new.erased_at, new.erased_by)
    and (old.is_live or old.erased_at is not null
      or new.customer_name not in (old.customer_name, '') or new.customer_phone not in (old.customer_phone, '')
      or new.pickup_latitude not in (old.pickup_latitude, 0) or new.pickup_longitude not in (old.pickup_longitude, 0)
      or new.drop_latitude not in (old.drop_latitude, 0) or new.drop_longitude not in (old.drop_longitude, 0)
      or new.pickup_address not in (old.pickup_address, '') or new.drop_address not in (old.drop_address, '')
      or coalesce(new.pickup_city, old.pickup_city) is distinct from old.pickup_city
      or coalesce(new.pickup_state, old.pickup_state) is distinct from old.pickup_state
      or coalesce(new.drop_city, old.drop_city) is distinct from old.drop_city
      or coalesce(new.drop_state, old.drop_state) is distinct from old.drop_state
      or new.stops not in (old.stops, '[]')
      or new.content_hash not in (old.content_hash, v_zeros)
      or new.erased_at is not null and ( -- an erased order names nobody
        (new.customer_name, new.customer_phone, new.pickup_address, new.drop_address) <> ('', '', '', '')
        or (new.pickup_latitude, new.pickup_longitude, new.drop_latitude, new.drop_longitude) <> (0, 0, 0, 0)
        or num_nonnulls(new.pickup_city, new.pickup_state, new.drop_city, new.drop_state, new.cancel_reason) > 0
        or (new.stops, new.content_hash) <> ('[]', v_zeros)))
  then
    raise exception using
      errcode = 'OR409',
      constraint = 'personal_facts_only_become_blank',
      message = format('The order is %s: whom it is for and where it goes never change', old.status),
      detail = json_build_object('orderId', old.id, 'status', old.status)::text,
      hint = 'Once an order is over they may become blank: api.erase_customer does so for all of a customer''s orders.';
  end if;
  return new;
end
$$;

comment on function app.personal_facts_only_become_blank() is
  'Refuses personal_facts_only_become_blank (OR409): the customer and the places of an order, and its content_hash, only become blank, and only once it is over; what says that it is erased is blank in all of them, and stays so.';

create or replace trigger personal_facts_only_become_blank
  before update of customer_name, customer_phone, pickup_latitude, pickup_longitude, pickup_address, pickup_city, pickup_state,
    drop_latitude, drop_longitude, drop_address, drop_city, drop_state, stops, content_hash, erased_at, erased_by
  on app.orders
  for each row
  execute function app.personal_facts_only_become_blank();
