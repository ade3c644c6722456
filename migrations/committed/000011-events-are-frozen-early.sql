--! Previous: sha1:1340a357285f4fc9a25cff4ab54e8dd52bd406b1
--! Hash: sha1:9c188c66230e6c65cbe9e9a48d37361ea7e3639a
--! Message: events are frozen early

-- A setting and nothing else: keeps no writer out; a vacuum that runs on the table gives way after a second, hence the
-- lock_timeout.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- Append only, so hardly anything is ever dead: what a vacuum has to do is to freeze. By default it begins when a fifth of
-- the table is new and leaves young rows for another time; it would write millions of rows at once, or all of them on the
-- day when transaction ids run out. So it comes at each twentieth, and freezes what it finds: an event does not change, but
-- for the reasons that are erased.
alter table app.order_events set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_freeze_min_age = 0);
