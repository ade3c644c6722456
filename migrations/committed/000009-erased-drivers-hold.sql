--! Previous: sha1:4150586bc1b78b822476038fce48f0a5b77f7bf5
--! Hash: sha1:1290783356a9b98d31a5d3300559bd5fe925d00a
--! Message: erased drivers hold

-- Reads the table once and keeps no writer out; a vacuum that runs on it gives way after a second, hence the lock_timeout.
-- What 000008 said of new rows holds for those that were there.

set local lock_timeout = '2s';
set local statement_timeout = '10min';

alter table app.trips validate constraint driver_name_is_1_to_200_characters;
alter table app.trips validate constraint driver_phone_has_10_digits;

-- A trip is updated twice, so it leaves two dead versions, and dead entries in the small indexes of the live trips, through
-- which every acceptance goes.
alter table app.trips set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
