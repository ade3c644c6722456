--! Previous: sha1:2930d77c53dcacbac24c37056991925f6b93b83c
--! Hash: sha1:125d6418b1a8fa1ee54c160ca326ea1e7453e868
--! Message: one way to open orders

--! no-transaction
-- Keeps nobody out. A server of the release before sweeps without it until sql/ is loaded, a moment later.
-- The reason is in 000013.

-- squawk-ignore prefer-robust-stmts, require-lock-timeout, require-statement-timeout
drop index concurrently app.open_orders_by_expires_at;
