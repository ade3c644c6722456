drop function if exists api.change_settings(interval, integer);
drop function if exists api.change_settings(interval, integer, interval);

-- Locks the settings row. The table's checks refuse what would stop the service.
create or replace function api.change_settings(
  p_search_window interval default null, p_creates_per_minute integer default null, p_trip_alarm interval default null,
  p_retention interval default null)
returns api.settings
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_settings api.settings;
begin
  update app.settings s
  set search_window = coalesce(p_search_window, s.search_window),
    creates_per_minute = coalesce(p_creates_per_minute, s.creates_per_minute),
    trip_alarm = coalesce(p_trip_alarm, s.trip_alarm),
    retention = coalesce(p_retention, s.retention)
  returning s.search_window, s.creates_per_minute, s.trip_alarm, s.retention into v_settings;
  return v_settings;
end
$$;

comment on function api.change_settings(interval, integer, interval, interval) is
  'Changes what is given and returns the settings; what is left out stays. Holds for every create from then on; orders that search keep their window. Refuses search_window_is_1_s_to_1_h, creates_per_minute_is_positive, trip_alarm_is_1_min_to_30_days and retention_is_30_days_to_10_years. What a shorter retention erases does not come back.';
