--! Previous: sha1:f7d8caa52728f19f4041e3a98fe07f7f21e28218
--! Hash: sha1:dcd2e15724e0421cfbc6a463ed7e66f601fd33f7
--! Message: admins find by phone and hour

-- Slow on a large table: each index keeps writers out while it is built. It runs before the first deployment, on an
-- empty one.
-- Support knows a customer's phone and an hour of the day. Both indexes are for them; a create pays one more entry of a
-- B-tree, and nothing for the block ranges.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- squawk-ignore require-concurrent-index-creation
create index orders_by_customer_phone on app.orders (customer_phone) where customer_phone <> '';
-- squawk-ignore require-concurrent-index-creation
create index orders_by_created_at on app.orders using brin (created_at);

comment on index app.orders_by_customer_phone is 'For support, who know a customer by phone.';
comment on index app.orders_by_created_at is 'For admins: orders created between two times. Block ranges, since rows arrive in that order.';
