-- The app reads exactly three decimals and a Z; six decimals it takes for up to sixteen minutes.
create or replace function api.iso_time(p_at timestamptz)
returns text
language sql
stable
begin atomic
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
end;

comment on function api.iso_time(timestamptz) is 'A time as the app reads it: UTC, milliseconds, Z.';
