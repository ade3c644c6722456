--! Previous: sha1:382efc0417a848e61e9f310b226cf4f50506a16e
--! Hash: sha1:83948265584baa0a88954274b8817afc8ebd9a58
--! Message: order events by order

--! no-transaction
-- Slow on a large table (under a minute at 20 million rows), and keeps nobody out. When it was broken off: drop index
-- concurrently app.order_events_by_order, and migrate again. It becomes the primary key in 000018. The reason is in 000016.

-- squawk-ignore prefer-robust-stmts, require-lock-timeout, require-statement-timeout
create unique index concurrently order_events_by_order on app.order_events (order_id, customer_id, id);
