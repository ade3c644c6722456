--! Previous: sha1:1290783356a9b98d31a5d3300559bd5fe925d00a
--! Hash: sha1:1340a357285f4fc9a25cff4ab54e8dd52bd406b1
--! Message: trucks are cleaned up

-- A setting and nothing else: keeps no writer out; a vacuum that runs on the table gives way after a second, hence the
-- lock_timeout.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- One dead version a truck, when its search ends or it is found. No index is on its status, so there is only the table to
-- clean up, and nobody searches it by anything but its key: 5 % is soon enough.
alter table app.truck_requests set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
