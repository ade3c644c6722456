--! Previous: sha1:1a1c59cc797ac100b369e6775b73e27d9f84120b
--! Hash: sha1:d25a2493bbdde9d85e3e6f13810c11beb25db31a
--! Message: closed orders by age

--! no-transaction
-- Slow on a large table, and keeps nobody out: the index is built beside the writers, and waits for transactions that are
-- open. When it was broken off: drop index app.closed_orders_by_created_at, and migrate again.
-- Finds what is old enough to be erased, oldest first, without a look at what is erased already. A create pays nothing for
-- it, since its order is live; a close pays one entry.

-- It must be alone, so nothing can bound it; and half an index must not pass for one that is there.
-- squawk-ignore prefer-robust-stmts, require-lock-timeout, require-statement-timeout
create index concurrently closed_orders_by_created_at on app.orders (created_at) where not is_live and erased_at is null;
