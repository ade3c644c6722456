create or replace function rest.reason_code(p_status text)
returns text
language sql
immutable
begin atomic
  select case when p_status = 'expired' then 'NO_TRANSPORTER_ACCEPTANCE' end;
end;

comment on function rest.reason_code(text) is 'Why an order ended, as the app words its time-out screen: known for an expired one only.';
