-- Rounded down, as an id is.
create or replace function api.first_id_at(p_at timestamptz)
returns uuid
language sql
stable
begin atomic
  select (lpad(to_hex(floor(extract(epoch from p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
end;

comment on function api.first_id_at(timestamptz) is
  'Sorts before every id that app.uuid_v7 makes from this instant on, and after those that it made before.';
