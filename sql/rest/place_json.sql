create or replace function rest.place_json(p_latitude double precision, p_longitude double precision, p_address text)
returns json
language sql
immutable
begin atomic
  select json_build_object(
    'coordinates', json_build_object('latitude', p_latitude, 'longitude', p_longitude),
    'address', p_address);
end;

comment on function rest.place_json(double precision, double precision, text) is 'A place as answers nest it: coordinates and address.';
