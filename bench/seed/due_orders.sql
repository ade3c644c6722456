-- $1 open orders whose search has run out, a customer each, in the order in which a sweep takes them.
insert into app.orders (customer_id, id, created_at, updated_at, expires_at, customer_name, customer_phone,
  pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address, distance_km,
  trucks_requested, trucks_total, total_amount, idempotency_key, content_hash)
select md5('due ' || o.n)::uuid, uuidv7(o.at - clock_timestamp()), o.at, o.at, o.at + interval '60 s',
  'Asha', (9000000000 + o.n)::text,
  28.5 + o.n % 1000 / 5000.0, 77.1 + o.n % 777 / 5000.0,
  'B-' || o.n % 1000 || ', Block B, Connaught Place, New Delhi, Delhi 110001, India',
  26.8 + o.n % 999 / 5000.0, 75.7 + o.n % 555 / 5000.0, 'Civil Lines ' || o.n % 1000 || ', Jaipur, Rajasthan, India',
  237, 2, 2, 7110, gen_random_uuid()::text, sha256(o.n::text::bytea)
from (
  select n, statement_timestamp() - interval '2 hours' + interval '1 hour' * n::double precision / $1::bigint as at
  from generate_series(1, $1::bigint) n) o
