create or replace view api.settings as
select s.search_window, s.creates_per_minute, s.trip_alarm, s.retention
from app.settings s;

comment on view api.settings is 'The numbers that operations may change while the service runs, with api.change_settings. One row.';
