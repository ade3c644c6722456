--! Previous: sha1:9c88662d8a4f3784eb7e882f3454e446dba7395b
--! Hash: sha1:8c9a10d22fe2a42c628b193a74c8204b23aac53c
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
