--! Previous: sha1:965a74405d87e76dad16881704862b9c2fb9d3ef
--! Hash: sha1:1a1c59cc797ac100b369e6775b73e27d9f84120b
--! Message: orders may be erased

-- Relaxes two checks and adds one, without reading the table: 000007 looks at the rows that are there.
-- Rows stay for ever; what is personal in them does not. An order that is over may become blank, and says when and who.

set local lock_timeout = '200ms';
set local statement_timeout = '60s';

alter table app.orders
  add column erased_at timestamptz,
  add column erased_by text,
  drop constraint pickup_address_is_1_to_500_characters,
  drop constraint drop_address_is_1_to_500_characters,
  -- From 0 once the order is over: true is 1. An or would cost every create twice the text to read.
  add constraint pickup_address_is_1_to_500_characters check (length(pickup_address) between is_live::integer and 500) not valid,
  add constraint drop_address_is_1_to_500_characters check (length(drop_address) between is_live::integer and 500) not valid,
  -- That it is blank too is said by the guard personal_facts_only_become_blank, for which a create pays nothing.
  add constraint erased_order_is_over_and_says_by_whom check (
    case when erased_at is null then erased_by is null else erased_by is not null and not is_live end) not valid;

comment on column app.orders.customer_name is 'From the token at creation; empty when it had none, and once the order is erased.';
comment on column app.orders.customer_phone is 'From the token at creation; empty when it had none, and once the order is erased.';
comment on column app.orders.pickup_address is 'As the phone shows it; empty once the order is erased.';
comment on column app.orders.drop_address is 'As the phone shows it; empty once the order is erased.';
comment on column app.orders.idempotency_key is 'The X-Idempotency-Key of the create that made this row; unique per customer. It stays when the order is erased: the app makes it up, it names nobody, and a phone that repeats the attempt must not book again.';
comment on column app.orders.content_hash is 'SHA-256 of what the order means (api.content_hash): the same key with another meaning is refused. All zeros once the order is erased: who knows one address could find the other by trying.';
comment on column app.orders.erased_at is 'When what is personal was blanked, by api.erase_customer or after app.settings.retention; null before.';
comment on column app.orders.erased_by is 'Who did so, as in the actor of an event: clock when the order was old enough.';
