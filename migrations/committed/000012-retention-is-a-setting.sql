--! Previous: sha1:9c188c66230e6c65cbe9e9a48d37361ea7e3639a
--! Hash: sha1:c6ecd1c1bb52674a40e589b82c8b70a201ba218b
--! Message: retention is a setting

-- Adds a column to a table of one row.

set local lock_timeout = '200ms';
set local statement_timeout = '60s';

alter table app.settings
  add column retention interval not null default '400 days',
  -- One row: the check reads no more than that.
  -- squawk-ignore constraint-missing-not-valid
  add constraint retention_is_30_days_to_10_years check (retention between interval '30 days' and interval '10 years');

comment on column app.settings.retention is 'How long an order that is over keeps what is personal, counted from its creation; then a nightly sweep blanks it, for good.';
