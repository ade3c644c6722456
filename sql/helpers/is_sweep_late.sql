create or replace function api.is_sweep_late()
returns boolean
language sql
stable
begin atomic
  select not exists (
    select from app.sweeps s
    where s.name = 'expire_due_orders' and s.finished_at > clock_timestamp() - interval '5 minutes');
end;

comment on function api.is_sweep_late() is
  'No sweep has ended within two runs of two minutes and a minute''s grace, or ever. Nothing is wrong for customers then.';
