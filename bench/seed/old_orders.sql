-- $1 closed orders over 390 days, oldest first, as rows arrive; five for each customer.
insert into app.orders (customer_id, id, status, created_at, updated_at, expires_at, customer_name, customer_phone,
  pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address, distance_km,
  trucks_requested, trucks_total, trucks_filled, total_amount, cancel_reason, idempotency_key, content_hash)
select md5('customer ' || o.customer)::uuid, uuidv7(o.at - clock_timestamp()), o.status, o.at,
  o.at + case o.status when 'cancelled' then interval '20 s' else interval '60 s' end, o.at + interval '60 s',
  'Asha', (9000000000 + o.customer)::text,
  28.5 + o.n % 1000 / 5000.0, 77.1 + o.n % 777 / 5000.0,
  'B-' || o.n % 1000 || ', Block B, Connaught Place, New Delhi, Delhi 110001, India',
  26.8 + o.n % 999 / 5000.0, 75.7 + o.n % 555 / 5000.0, 'Civil Lines ' || o.n % 1000 || ', Jaipur, Rajasthan, India',
  237, 2, 2, case o.status when 'completed' then 2 else 0 end, 7110,
  case o.status when 'cancelled' then 'Changed my mind' end, gen_random_uuid()::text, sha256(o.n::text::bytea)
from (
  select n, n * 7919 % greatest($1::bigint / 5, 1) as customer,
    statement_timestamp() - interval '2 hours' - interval '390 days' * (1 - n::double precision / $1::bigint) as at,
    (array['completed', 'completed', 'completed', 'completed', 'completed', 'completed', 'expired', 'expired',
      'cancelled', 'cancelled'])[1 + n % 10] as status
  from generate_series(1, $1::bigint) n) o
