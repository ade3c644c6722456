--! Previous: sha1:8c9a10d22fe2a42c628b193a74c8204b23aac53c
--! Hash: sha1:2930d77c53dcacbac24c37056991925f6b93b83c
--! Message: open orders by end

--! no-transaction
-- Slow on a large table, and keeps nobody out. When it was broken off: drop index app.open_orders_by_end, and migrate again.
-- Takes the place of open_orders_by_expires_at, which every look at "this customer's open order" could use as well: whenever
-- the statistics were taken while no order was open, the planner preferred to read all open orders through it, and a create
-- took longer the more were open (0.2 of its throughput with 1,000). Only a query that says the last clause too, as the
-- sweep does, can use this one.

-- It must be alone, so nothing can bound it; and half an index must not pass for one that is there.
-- squawk-ignore prefer-robust-stmts, require-lock-timeout, require-statement-timeout
create index concurrently open_orders_by_end on app.orders (expires_at) where is_open and expires_at > '-infinity';
