-- Only a set command reaches the sessions on the workers, and it takes no parameter.
create or replace function api.carry_actor(p_actor text default null)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform set_config('app.actor', coalesce(p_actor, current_setting('app.actor', true)), true);
  set local citus.propagate_set_commands = 'local';
  execute format('set local app.actor = %L', api.event_actor());
end
$$;

comment on function api.carry_actor(text) is
  'Tells the workers, for the rest of the transaction, who makes the moves that it sends them: whom it is given, else api.event_actor().';
