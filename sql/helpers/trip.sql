-- One round of the view for the row that a command has just written.
create or replace function api.trip(p_trip app.trips)
returns api.trips
language sql
stable
begin atomic
  select t.*
  from api.trips t
  where t.customer_id = p_trip.customer_id and t.order_id = p_trip.order_id and t.id = p_trip.id;
end;

comment on function api.trip(app.trips) is 'A trip as admins and transporters see it (view api.trips).';
