-- A statement does not reach a shard's triggers, its rows do; so nothing keeps a truncate away.
-- Every create reads it; without the row each would fail.
create or replace function app.settings_row_stays()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR409',
    constraint = 'settings_row_stays',
    message = format('app.settings keeps its one row: %s is refused', lower(tg_op)),
    hint = 'Update the row instead.';
end
$$;

comment on function app.settings_row_stays() is 'Refuses settings_row_stays (OR409): app.settings never loses its row.';

create or replace trigger settings_row_stays
  before delete on app.settings
  for each row
  execute function app.settings_row_stays();
