-- The table's check says the same; here it comes before any other judgement, as every fault of the request does.
create or replace function api.refuse_far_schedule(p_scheduled_at timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_scheduled_at > clock_timestamp() + interval '8784 hours' then
    raise exception using
      errcode = 'OR400',
      constraint = 'order_is_scheduled_at_most_a_year_ahead',
      message = 'An order is scheduled at most a year ahead',
      hint = 'Pass an earlier p_scheduled_at, or none.';
  end if;
end
$$;

comment on function api.refuse_far_schedule(timestamptz) is
  'Refuses order_is_scheduled_at_most_a_year_ahead (OR400) for a time more than 366 days from now.';
