--! Previous: sha1:f46ad1101e703d8e3eed78774f5199bcfa67bdab
--! Hash: sha1:e8dfbb61252e7a10427629ec30615e67a7825622
--! Message: truck requests begin with the order

-- Changes which index is the key, and reads no row; safe while servers of the release before run. The reason is in 000016.
-- Locks two tables, since a trip refers to this key: first truck requests, then trips, as an acceptance does. What locks them
-- the other way makes this give way after 200 ms, long before PostgreSQL looks for deadlocks.

set local lock_timeout = '200ms';
set local statement_timeout = '60s';

lock table app.truck_requests in access exclusive mode;
alter table app.trips drop constraint trip_belongs_to_a_truck_request;
alter table app.truck_requests drop constraint truck_requests_are_numbered_within_their_order;
alter table app.truck_requests add constraint truck_requests_are_numbered_within_their_order
  primary key using index truck_requests_by_order;

-- For new trips at once; 000020 reads the others.
alter table app.trips
  add constraint trip_belongs_to_a_truck_request foreign key (customer_id, order_id, request_number)
    references app.truck_requests (customer_id, order_id, request_number) not valid;
