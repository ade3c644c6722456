-- A transaction that stays open keeps every dead row version since it began, in every table: scans of due orders slow
-- down and nothing refuses, so somebody must be told. Other people's sessions show their times only to pg_read_all_stats.
create or replace function api.oldest_transaction_seconds()
returns integer
language sql
stable
begin atomic
  select case when pg_has_role(current_user, 'pg_read_all_stats', 'usage') then
    coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)::integer end
  from pg_stat_activity a
  where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid();
end;

comment on function api.oldest_transaction_seconds() is
  'For how many seconds the oldest open transaction of this database has been open; null when the owner may not see other sessions (grant pg_read_all_stats).';
