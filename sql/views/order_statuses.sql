create or replace view api.order_statuses as
select m.from_status as status from app.order_transitions m
union
select m.to_status from app.order_transitions m
order by status;

comment on view api.order_statuses is 'Every status that an order can have: whatever app.order_transitions mentions.';
comment on column api.order_statuses.status is 'The status.';
