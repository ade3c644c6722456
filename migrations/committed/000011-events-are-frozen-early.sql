--! Previous: sha1:371d661f1d53490f19554f049abbd966a9801148
--! Hash: sha1:9c88662d8a4f3784eb7e882f3454e446dba7395b
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
