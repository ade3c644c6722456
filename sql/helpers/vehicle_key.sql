create or replace function api.vehicle_key(p_name text)
returns text
language sql
immutable
begin atomic
  select replace(regexp_replace(lower(p_name), '\s', '', 'g'), 'feet', 'ft');
end;

comment on function api.vehicle_key(text) is
  'A vehicle type or subtype as it is compared: 17 Feet, 17 FT and 17ft are the same.';
