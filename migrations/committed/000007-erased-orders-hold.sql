--! Previous: sha1:d25a2493bbdde9d85e3e6f13810c11beb25db31a
--! Hash: sha1:eae599dab181e6aac419fa9a0deed3ec57f78f69
--! Message: erased orders hold

-- Reads the table once and keeps no writer out; a vacuum that runs on it gives way after a second, hence the lock_timeout.
-- What 000005 said of new rows holds for those that were there.

set local lock_timeout = '2s';
set local statement_timeout = '10min';

alter table app.orders
  validate constraint pickup_address_is_1_to_500_characters,
  validate constraint drop_address_is_1_to_500_characters,
  validate constraint erased_order_is_over_and_says_by_whom;

comment on index app.closed_orders_by_created_at is 'For the nightly erasing: orders that are over and not erased, oldest first.';

-- The end of every search leaves a dead version of its order, and dead entries in the small indexes of the open orders,
-- through which every create goes. By default a fifth of the table would have to be dead first: two million of ten million
-- orders. 2 % bounds that to 200,000; much less, and each vacuum would read the large indexes for little. The statistics
-- follow as often, since what is asked for is the newest.
alter table app.orders set (
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0.02);
