-- Counts orders that exist, so a refused attempt or a replay costs the customer nothing, and the answer can say when
-- the limit stops. Reads at most creates_per_minute rows, newest first, through the primary key, and none that is older
-- than two minutes by its id: for a customer of five old orders that is five pages of the table less, which nobody else wants.
-- A pair is compared, since alone the id would let the planner go through everybody's newest orders. The search window comes
-- along because a create wants both, and a second look at the settings costs it 1 %.
-- The limit of one row tells the planner that there is one. Of a table that was never analyzed it expects a thousand, and a
-- thousand times what an analyze of the orders added to the cost was more than planning costs: each session then planned this
-- anew at its next hundreds of creates (2,300 to 2,500 µs of the server a create over HTTP instead of 1,540 to 1,960; runs of four
-- and of seven times 6 s after an analyze). Not an analyze of the settings, which a restored database would be without.
create or replace function api.create_limit(p_customer_id uuid)
returns table (creates_per_minute integer, free_at timestamptz, search_window interval)
language sql
stable
begin atomic
  select s.creates_per_minute, (
      select o.created_at + interval '1 minute'
      from app.orders o
      where o.customer_id = p_customer_id
        and (o.customer_id, o.id) > (p_customer_id, api.first_id_at(now() - interval '2 minutes'))
      order by o.id desc
      offset s.creates_per_minute - 1
      limit 1),
    s.search_window
  from app.settings s
  limit 1;
end;

comment on function api.create_limit(uuid) is
  'How many orders a customer may create within a minute, since when the newest so many are a minute old (null: fewer exist), and how long a new one searches.';
