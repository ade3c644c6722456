-- A guard, because no constraint can tell an insert from an update. The when clause is the rule; it costs a create nothing.
create or replace function app.order_starts_active()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'order_starts_active',
    message = format('An order cannot begin as %s', new.status),
    hint = 'Create it with api.create_order and move it from there.';
end
$$;

comment on function app.order_starts_active() is 'Refuses order_starts_active (OR409): every order begins as active.';

create or replace trigger order_starts_active
  before insert on app.orders
  for each row when (new.status <> 'active')
  execute function app.order_starts_active();
