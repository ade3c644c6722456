drop function if exists api.insert_truck_requests(app.orders, jsonb);
drop function if exists api.insert_order(uuid, uuid, text, text, jsonb, jsonb, jsonb, integer, text, integer, timestamptz, integer, integer, text, bytea);
drop function if exists api.insert_order(uuid, uuid, text, text, jsonb, jsonb, jsonb, jsonb, integer, text, integer, timestamptz, text, interval);

-- Locks the customer's own stale order, and only when there is one; waits for a rival create of the same customer in
-- the unique index. The order of judgement: truck lines and schedule, replay, active order, create limit; a place or a price
-- that cannot be is met on the way to the insert. Each round reads the clock anew. The key is looked for first and not left
-- to its index, in which a repeat would wait for whoever erases that order.
-- It is long because whatever a session touches once a create (a function, a statement, an expression) costs more than what
-- it computes: the insert and the totals in helpers of their own took 5 % more (instructions and cache misses, callgrind). So
-- variables that begin as null are not set to nought first, and nothing is computed before it is needed.
create or replace function api.create_order(
  p_customer_id uuid,
  p_pickup jsonb,
  p_drop jsonb,
  p_truck_lines jsonb,
  p_distance_km integer,
  p_stops jsonb default '[]',
  p_goods_type text default 'General',
  p_cargo_weight_kg integer default null,
  p_scheduled_at timestamptz default null,
  p_customer_name text default '',
  p_customer_phone text default '',
  p_idempotency_key text default null,
  p_order_id uuid default null)
returns app.orders
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_open app.orders;
  v_limit integer;
  v_free_at timestamptz;
  v_search_window interval;
  v_replayed_id uuid;
  v_quantity integer;
  v_line_numbers integer[];
  v_amount integer;
  v_id uuid;
  v_row record;
  v_now timestamptz;
  v_lost_rounds integer;
begin
  if p_truck_lines is null or jsonb_array_length(p_truck_lines) not between 1 and 60
    or p_truck_lines @? 'strict $[*] ? (!(@.quantity >= 1 && @.quantity <= 100 && @.quantity.floor() == @.quantity)
      || (@.quantity >= 1 && @.quantity <= 100) is unknown)'
  then
    perform api.refuse_other_truck_lines();
  end if;
  if p_scheduled_at is not null then
    perform api.refuse_far_schedule(p_scheduled_at);
  end if;
  loop
    -- only what the refusal tells (api.active_order_facts, api.seconds_left): with all columns a create took 2 % longer
    select o.id, o.status, o.created_at, o.expires_at, o.is_open
      into v_open.id, v_open.status, v_open.created_at, v_open.expires_at, v_open.is_open
    from app.orders o
    where o.customer_id = p_customer_id and o.is_open;
    v_now := clock_timestamp();
    if (v_open.expires_at > v_now) is not true then
      select l.creates_per_minute, l.free_at, l.search_window into v_limit, v_free_at, v_search_window
      from api.create_limit(p_customer_id) l;
    end if;
    if p_idempotency_key <> '' then -- asked with a null it would be planned anew at every call: finding nothing is cheapest
      select o.id into v_replayed_id
      from app.orders o
      where o.customer_id = p_customer_id and o.idempotency_key = p_idempotency_key;
      if v_replayed_id is not null then
        return api.replayed_order(p_customer_id, v_replayed_id, array[
          api.content_hash(p_pickup, p_drop, p_stops, p_truck_lines, p_distance_km, p_goods_type, p_cargo_weight_kg, p_scheduled_at),
          api.former_content_hash(p_pickup, p_drop, p_stops, p_truck_lines, p_distance_km, p_goods_type, p_cargo_weight_kg,
            p_scheduled_at)]);
      end if;
    end if;
    if v_open.expires_at > v_now then
      perform api.refuse_second_active_order(v_open, v_now);
    elsif v_free_at > v_now then
      perform api.refuse_create_above_limit(v_limit, v_free_at, v_now);
    elsif v_open.id is not null then
      perform api.close_due_order(p_customer_id, v_open.id);
    end if;

    -- For each truck the index of its line, and what they cost together. A loop: a query over one or two lines costs twice as much.
    for v_line in 0..jsonb_array_length(p_truck_lines) - 1 loop
      v_quantity := (p_truck_lines->v_line->>'quantity')::integer;
      v_line_numbers := v_line_numbers || array_fill(v_line, array[v_quantity]);
      v_amount := coalesce(v_amount, 0) + v_quantity * (p_truck_lines->v_line->>'price_per_truck')::integer;
    end loop;
    v_id := coalesce(p_order_id, app.uuid_v7()); -- as a default of the argument it would ask the caller for rights in app
    v_now := clock_timestamp(); -- last, after every wait before it
    -- "on conflict do nothing" without a target, so that any of the unique rules answers with no row: with a target, a
    -- concurrent replay of the same key raised unique_violation. The row comes back whole, in one column: as forty it was
    -- described three times.
    insert into app.orders as o (
      customer_id, id, created_at, updated_at, expires_at, customer_name, customer_phone,
      pickup_latitude, pickup_longitude, pickup_address, pickup_city, pickup_state,
      drop_latitude, drop_longitude, drop_address, drop_city, drop_state,
      stops, distance_km, goods_type, cargo_weight_kg, scheduled_at,
      trucks_requested, trucks_total, total_amount, idempotency_key, content_hash)
    values (
      p_customer_id, v_id, v_now, v_now, v_now + v_search_window, p_customer_name, p_customer_phone,
      (p_pickup->>'latitude')::double precision, (p_pickup->>'longitude')::double precision, p_pickup->>'address',
      p_pickup->>'city', p_pickup->>'state',
      (p_drop->>'latitude')::double precision, (p_drop->>'longitude')::double precision, p_drop->>'address',
      p_drop->>'city', p_drop->>'state',
      p_stops, p_distance_km, p_goods_type, p_cargo_weight_kg, p_scheduled_at,
      cardinality(v_line_numbers), cardinality(v_line_numbers), v_amount, nullif(p_idempotency_key, ''),
      api.content_hash(p_pickup, p_drop, p_stops, p_truck_lines, p_distance_km, p_goods_type, p_cargo_weight_kg, p_scheduled_at))
    on conflict do nothing
    returning o as placed into v_row;
    if found then
      insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck,
        created_at, updated_at)
      select p_customer_id, v_id, t.request_number,
        p_truck_lines->t.line_number->>'vehicle_type', p_truck_lines->t.line_number->>'vehicle_subtype',
        (p_truck_lines->t.line_number->>'price_per_truck')::integer, v_now, v_now
      from unnest(v_line_numbers) with ordinality as t(line_number, request_number);
      return v_row.placed;
    end if;

    v_lost_rounds := coalesce(v_lost_rounds, 0) + 1;
    exit when v_lost_rounds = 10;
    v_line_numbers := null; -- the next round counts anew
    v_amount := null;
  end loop;

  raise exception using
    errcode = 'OR503',
    constraint = 'order_is_contended',
    message = 'Ten attempts in a row met another create for the same customer',
    hint = 'Nothing was changed. Try again; if you passed p_order_id, check that it is new.';
end
$$;

comment on function api.create_order(uuid, jsonb, jsonb, jsonb, integer, jsonb, text, integer, timestamptz, text, text, text, uuid) is
  'Places an order and returns it; first closes the customer''s own order whose search has run out. With an idempotency key already used it returns that order as it is now, whose id then differs from p_order_id. Places are {latitude, longitude, address, city?, state?}; truck lines [{vehicle_type, vehicle_subtype, quantity, price_per_truck}] in whole rupees. Refuses idempotency_key_means_one_order and one_active_order_per_customer (OR409), creates_per_minute_within_limit (OR429), order_is_contended (OR503).';
