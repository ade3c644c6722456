-- date_part, because a create pays for it, and the numeric arithmetic of extract takes more. Rounded down, as the id is.
create or replace function api.first_id_at(p_at timestamptz)
returns uuid
language sql
stable
begin atomic
  select (lpad(to_hex(floor(date_part('epoch', p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
end;

comment on function api.first_id_at(timestamptz) is
  'Sorts before every id that app.uuid_v7 makes from this instant on, and after those that it made before.';
