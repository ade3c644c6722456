--! Previous: sha1:e8dfbb61252e7a10427629ec30615e67a7825622
--! Hash: sha1:849c88ff1e6f6afd8521f86e10327073969eec7e
--! Message: trips belong as before

-- Reads the trips once and keeps no writer out; a vacuum that runs on the table gives way after a second, hence the lock_timeout.

set local lock_timeout = '2s';
set local statement_timeout = '10min';

alter table app.trips validate constraint trip_belongs_to_a_truck_request;
