-- Once for a whole statement, because a sweep moves 500 orders in one: a row at a time was a fifth of it. The join is full, which
-- no row needs, so that it is hashed, whatever number of rows the plan was made for: row by row a million would never end.
-- The actor is the clock when the guard has dated the move at the end of the search, whoever noticed.
create or replace function app.order_move_is_recorded()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into app.order_events (customer_id, order_id, from_status, to_status, trucks_filled, trucks_total, actor, reason, occurred_at)
  select n.customer_id, n.id, o.status, n.status, n.trucks_filled, n.trucks_total,
    case when o.is_open and n.updated_at = o.expires_at then 'clock' else api.event_actor() end,
    n.cancel_reason, n.updated_at
  from before o
  full join after n on n.customer_id = o.customer_id and n.id = o.id
  where o.status is distinct from n.status;
  return null;
end
$$;

comment on function app.order_move_is_recorded() is 'Appends one row to app.order_events for every move of an order.';

create or replace trigger order_move_is_recorded
  after update on app.orders
  referencing old table as before new table as after
  for each statement
  execute function app.order_move_is_recorded();
