--! Previous: sha1:97529dbcd3eee37720b4cd9832ae5d2638fff9f4
--! Hash: sha1:382efc0417a848e61e9f310b226cf4f50506a16e
--! Message: truck requests by order

--! no-transaction
-- Slow on a large table (under a minute at 20 million rows), and keeps nobody out. When it was broken off: drop index
-- concurrently app.truck_requests_by_order, and migrate again. It becomes the primary key in 000019.
-- A key that begins with a customer or a phone is written into another page of its index by every create. Beside ten million
-- old orders that page has to be read, and is written to the log whole after each checkpoint: some 130 us of processor for each,
-- and a create had five. Order ids rise, so a key that begins with the order is written where the last one was: in the minute after a
-- checkpoint 1.4 whole pages a create instead of 3.1, 12 kB of log instead of 24. Orders keep theirs, which also finds "my
-- orders, newest first".

-- It must be alone, so nothing can bound it; and half an index must not pass for one that is there.
-- squawk-ignore prefer-robust-stmts, require-lock-timeout, require-statement-timeout
create unique index concurrently truck_requests_by_order on app.truck_requests (order_id, customer_id, request_number);
