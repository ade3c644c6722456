create or replace function rest.epoch_ms(p_at timestamptz)
returns bigint
language sql
immutable
begin atomic
  select (extract(epoch from p_at) * 1000)::bigint;
end;

comment on function rest.epoch_ms(timestamptz) is 'Milliseconds since 1970 as a whole number: the app rejects a fraction.';
