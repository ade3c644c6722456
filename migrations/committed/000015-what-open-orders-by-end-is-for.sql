--! Previous: sha1:125d6418b1a8fa1ee54c160ca326ea1e7453e868
--! Hash: sha1:97529dbcd3eee37720b4cd9832ae5d2638fff9f4
--! Message: what open orders by end is for

-- A comment and nothing else.

set local lock_timeout = '200ms';
set local statement_timeout = '60s';

comment on index app.open_orders_by_end is 'For the sweep and for what transporters are offered: open orders by the end of their search. Whoever looks for a customer''s own cannot use it, and must not.';
