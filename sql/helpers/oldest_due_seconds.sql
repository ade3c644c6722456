create or replace function api.oldest_due_seconds()
returns integer
language sql
stable
begin atomic
  select greatest(0, ceil(extract(epoch from clock_timestamp() - min(o.expires_at))))::integer
  from app.orders o
  where o.is_open and o.expires_at > '-infinity'; -- as its index says
end;

comment on function api.oldest_due_seconds() is
  'For how many seconds the oldest order whose search has run out has waited to be written down; 0 when there is none. It refuses nobody.';
