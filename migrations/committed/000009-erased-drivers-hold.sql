--! Previous: sha1:30a2924f6c6e152e20c54ae696ace2464318e9f1
--! Hash: sha1:d9b1d3af15e66531217b8b64640a9cb20991285a
--! Message: erased drivers hold

-- Reads the table once and keeps no writer out; a vacuum that runs on it gives way after a second, hence the lock_timeout.
-- What 000008 said of new rows holds for those that were there.

set local lock_timeout = '2s';
set local statement_timeout = '10min';

alter table app.trips
  validate constraint driver_name_is_1_to_200_characters,
  validate constraint driver_phone_has_10_digits;

-- A trip is updated when it starts and when it ends, so it leaves two dead versions, and dead entries in the small indexes of
-- the live trips, through which every acceptance goes; a third when it is erased.
alter table app.trips set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
