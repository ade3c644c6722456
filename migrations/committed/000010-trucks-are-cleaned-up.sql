--! Previous: sha1:d9b1d3af15e66531217b8b64640a9cb20991285a
--! Hash: sha1:371d661f1d53490f19554f049abbd966a9801148
--! Message: trucks are cleaned up

-- A setting and nothing else: keeps no writer out; a vacuum that runs on the table gives way after a second, hence the
-- lock_timeout.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- One dead version a truck whose search ends, three of one that is found and driven: assigned, in progress, completed. No
-- index is on its status, so there is only the table to clean up, and nobody searches it by anything but its key: 5 % is soon
-- enough. app.disputes and app.sweeps keep the defaults: the one gets few rows and fewer changes, the other has two rows.
alter table app.truck_requests set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
