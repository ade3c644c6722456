-- Who has replayed all that it was sent, by a primary that still sends, is not behind, however long ago the last change was.
-- A link that dies without a word counts as sending until wal_receiver_timeout, a minute by default: till then it says 0.
create or replace function rest.seconds_behind()
returns integer
language sql
stable
begin atomic
  select case
    when not pg_is_in_recovery() then 0
    when exists (select from pg_stat_wal_receiver) and pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() then 0
    else greatest(0, ceil(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())))::integer
  end;
end;

comment on function rest.seconds_behind() is
  'By how many seconds this server is behind the primary: 0 on the primary itself, and on a replica that has caught up. When the link dies without a word it stays 0 until wal_receiver_timeout. Null: not known, since nothing was replayed yet.';
