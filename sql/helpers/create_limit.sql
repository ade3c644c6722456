-- Counts orders that exist, so a refused attempt or a replay costs the customer nothing, and the answer can say when
-- the limit stops. Reads at most creates_per_minute rows, newest first, through the primary key. The search window comes
-- along because a create wants both, and a second look at the settings costs it 1 %.
create or replace function api.create_limit(p_customer_id uuid)
returns table (creates_per_minute integer, free_at timestamptz, search_window interval)
language sql
stable
begin atomic
  select s.creates_per_minute, (
      select o.created_at + interval '1 minute'
      from app.orders o
      where o.customer_id = p_customer_id
      order by o.id desc
      offset s.creates_per_minute - 1
      limit 1),
    s.search_window
  from app.settings s;
end;

comment on function api.create_limit(uuid) is
  'How many orders a customer may create within a minute, since when the newest so many are a minute old (null: fewer exist), and how long a new one searches.';
