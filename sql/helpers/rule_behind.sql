-- On one server the first word is the answer. Citus hands on what a shard refuses without its constraint, and names
-- constraints after the shard; a guard is then known by its function, which has the rule's name.
create or replace function api.rule_behind(p_constraint text, p_message text, p_context text)
returns text
language sql
immutable
begin atomic
  select coalesce(
    nullif(regexp_replace(p_constraint, '_[0-9]{6,}$', ''), ''),
    substring(p_message from 'constraint "([a-z0-9_]+?)(?:_[0-9]{6,})?"'),
    substring(p_context from 'function app\.([a-z0-9_]+)\('),
    '');
end;

comment on function api.rule_behind(text, text, text) is
  'The rule that an error tells of, from its constraint_name, message_text and pg_exception_context; empty when it tells of none.';
