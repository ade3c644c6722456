create or replace function api.refuse_blank_reason(p_reason text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if coalesce(p_reason, '') !~ '\S' then
    raise exception using
      errcode = 'OR400',
      constraint = 'trip_end_reason_is_given',
      message = 'A trip ends with a reason',
      hint = 'Say why in up to 500 characters: the order''s timeline shows it.';
  end if;
end
$$;

comment on function api.refuse_blank_reason(text) is 'Refuses trip_end_reason_is_given (OR400) for a reason without a word.';
