-- Counts orders that exist, so a refused attempt or a replay costs the customer nothing, and the answer can say when
-- the limit stops. Reads at most creates_per_minute rows, newest first, through the primary key.
create or replace function api.refuse_create_above_limit(p_customer_id uuid, p_at timestamptz)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  v_limit integer;
  v_free_at timestamptz;
begin
  select s.creates_per_minute into v_limit from app.settings s;
  select o.created_at + interval '1 minute' into v_free_at
  from app.orders o
  where o.customer_id = p_customer_id
  order by o.id desc
  offset v_limit - 1
  limit 1;
  if v_free_at > p_at then
    raise exception using
      errcode = 'OR429',
      constraint = 'creates_per_minute_within_limit',
      message = format('The customer has created %s orders within the last minute', v_limit),
      detail = json_build_object('retryAfterSeconds', ceil(extract(epoch from v_free_at - p_at))::integer)::text,
      hint = format('Try again after %s, or raise the limit: api.change_settings(p_creates_per_minute => …).', api.iso_time(v_free_at));
  end if;
end
$$;

comment on function api.refuse_create_above_limit(uuid, timestamptz) is
  'Refuses creates_per_minute_within_limit (OR429) when the customer has created as many orders within a minute as app.settings allows.';
