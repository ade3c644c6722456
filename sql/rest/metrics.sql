create or replace function rest.metrics()
returns table (is_sweep_late boolean, oldest_due_seconds integer, oldest_transaction_seconds integer)
language sql
stable
security definer
set search_path = ''
as $$
  select api.is_sweep_late(), api.oldest_due_seconds(), api.oldest_transaction_seconds()
$$;

comment on function rest.metrics() is
  'What /metrics asks the database at each scrape: whether the sweep is late, how long the oldest due order has waited, and how long the oldest transaction has been open (null: not to be seen).';
