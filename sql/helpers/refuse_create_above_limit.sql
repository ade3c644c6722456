drop function if exists api.refuse_create_above_limit(uuid, timestamptz);

create or replace function api.refuse_create_above_limit(p_limit integer, p_free_at timestamptz, p_at timestamptz)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'OR429',
    constraint = 'creates_per_minute_within_limit',
    message = format('The customer has created %s orders within the last minute', p_limit),
    detail = json_build_object('retryAfterSeconds', ceil(extract(epoch from p_free_at - p_at))::integer)::text,
    hint = format('Try again after %s, or raise the limit: api.change_settings(p_creates_per_minute => …).', api.iso_time(p_free_at));
end
$$;

comment on function api.refuse_create_above_limit(integer, timestamptz, timestamptz) is
  'Always refuses creates_per_minute_within_limit (OR429): the customer has created as many orders within a minute as app.settings allows, and may again at p_free_at.';
