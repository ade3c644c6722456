--! Previous: sha1:83948265584baa0a88954274b8817afc8ebd9a58
--! Hash: sha1:f46ad1101e703d8e3eed78774f5199bcfa67bdab
--! Message: order events begin with the order

-- Changes which index is the key, and reads no row; safe while servers of the release before run. The reason is in 000016.

set local lock_timeout = '200ms';
set local statement_timeout = '60s';

-- Two statements, since Citus takes them one by one.
alter table app.order_events drop constraint order_events_are_keyed_by_order;
alter table app.order_events add constraint order_events_are_keyed_by_order primary key using index order_events_by_order;
