--! Previous: sha1:849c88ff1e6f6afd8521f86e10327073969eec7e
--! Hash: sha1:9b5a75763b5e04797f315ad90f183d96a14b66c0
--! Message: a customer is in every key

-- A comment and nothing else.

set local lock_timeout = '200ms';
set local statement_timeout = '60s';

comment on column app.orders.customer_id is 'Who ordered. In every key, so another customer''s order is out of reach by construction.';
