-- Asks the same judges as api.create_order, in the same order, and answers with their own refusal.
create or replace function api.explain_customer(p_customer_id uuid)
returns table (
  create_is_refused_by text, what_to_do text, order_id uuid, created_at timestamptz, stored_status text, status text,
  is_open boolean, expires_at timestamptz, seconds_left integer)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_open app.orders;
  v_limit record;
begin
  begin
    select o.* into v_open from api.open_order(p_customer_id) o;
    if v_open.id is not null then
      perform api.refuse_second_active_order(v_open, v_now);
    end if;
    select l.* into v_limit from api.create_limit(p_customer_id) l;
    if v_limit.free_at > v_now then
      perform api.refuse_create_above_limit(v_limit.creates_per_minute, v_limit.free_at, v_now);
    end if;
    what_to_do := 'Nothing: a create would be accepted now.';
  exception when sqlstate 'OR409' or sqlstate 'OR429' then
    get stacked diagnostics create_is_refused_by = constraint_name, what_to_do = pg_exception_hint;
  end;

  return query
    select create_is_refused_by, what_to_do, o.id, o.created_at, o.stored_status, o.status, o.is_open, o.expires_at, o.seconds_left
    from (select (
      select n.id from app.orders n where n.customer_id = p_customer_id order by n.id desc limit 1) as id) newest
    left join api.orders o on o.customer_id = p_customer_id
      and (o.id = newest.id or o.is_live or o.is_due or o.created_at > v_now - interval '1 minute')
    order by o.id desc;
end
$$;

comment on function api.explain_customer(uuid) is
  'Why a customer can or cannot book: whether a create would be refused now, by which rule, and what to do; with every order that matters (not over, due, of the last minute, or the newest), newest first. One row without an order for a customer who has none.';
