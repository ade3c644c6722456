// What is personal: that it is blanked, when, and that it changes to nothing else.
import { type Change, erase, erasing, guards, inFile, type Mutations, sweeps, withSql } from './kit.ts'

const personalGuard = `${guards}personal_facts_only_become_blank`
const eventGuard = `${guards}event_reason_only_becomes_blank`
const disputeGuard = `${guards}dispute_notes_only_grow_or_become_blank`
const driverGuard = `${guards}driver_only_becomes_blank`
const oldOrders = `${sweeps}lock_old_orders`

const columns = {
  text: ['customer_name', 'customer_phone', 'pickup_address', 'drop_address'],
  place: ['pickup_latitude', 'pickup_longitude', 'drop_latitude', 'drop_longitude'],
  region: ['pickup_city', 'pickup_state', 'drop_city', 'drop_state'],
}
const hash = "decode(repeat('00', 32), 'hex')"

export const retention: Mutations = [
  ...inFile('helpers/erase_locked_orders.sql', [
    ...columns.text.map((column): Change => [column, [erase], `${column} = ''`, `${column} = o.${column}`]),
    ...columns.place.map((column): Change => [column, [erase], `${column} = 0`, `${column} = o.${column}`]),
    ...columns.region.map((column): Change => [column, [erase], `${column} = null`, `${column} = o.${column}`]),
    ['the stops', [erase], "stops = '[]'", 'stops = o.stops'],
    ['the reason of a cancel', [erase], ' cancel_reason = null,', ''],
    ['the hash', [erase], `content_hash = ${hash}, `, ''],
    ['when', [erase], 'erased_at = p_at', "erased_at = p_at - interval '1 hour'"],
    ['who', [erase], 'erased_by = p_actor', "erased_by = 'nobody'"],
    ['the customer of the order', [erase], 'o.customer_id = k.customer_id and ', 'true or '],
    ['the name of a driver', [erase], "driver_name = '', ", ''],
    ['the phone of a driver', [erase], "driver_phone = '', ", ''],
    ['why a trip ended', [erase], ', end_reason = null', ''],
    ['only its own trips', [erase], 't.customer_id = k.customer_id and t.order_id = k.id', 'true'],
    ['a dispute', [erase], "(d.notes <> '' or d.reason_code <> 'customer_request')", 'false'],
    // No line for one column of a dispute without the other: the guard blanks both, whichever is written.
    ['notes alone', [erase], "(d.notes <> '' or ", '('],
    ['a code alone', [erase], " or d.reason_code <> 'customer_request')", ')'],
    ['only its own dispute', [erase], 'd.customer_id = k.customer_id and d.order_id = k.id and ', ''],
    ['the reason of an event', [erase], 'set reason = null', 'set reason = e.reason'],
    ['only its own events', [erase], 'e.customer_id = k.customer_id and e.order_id = k.id and ', ''],
    ['the count', [erase], 'return v_count;', 'return 0;'],
  ]),
  ...inFile('helpers/lock_old_orders.sql', [
    ['only what is over', [oldOrders], 'not o.is_live and ', ''],
    ['only what is not erased', [oldOrders], 'o.erased_at is null and ', ''],
    ['only what is old', [oldOrders], ' and o.created_at < p_before', ''],
    ['no live trip', [oldOrders], 'and t.is_live)', 'and false)'],
    ['oldest first', [oldOrders], 'order by o.created_at', 'order by o.created_at desc'],
    ['the limit', [oldOrders], '    limit p_limit\n', ''],
    ['skip locked', [erasing], ' skip locked', ''],
    ['a lock', [erasing], '\n    for no key update of o skip locked', ''],
  ]),
  ...inFile('helpers/refuse_live_order.sql', [
    ['which order', [erase], "'orderId', p_order.id", "'orderId', p_order.customer_id"],
    ['the way out', [erase], 'Cancel it with api.cancel_order_by_id', 'Wait'],
  ]),
  ...inFile('commands/erase_customer.sql', [
    [
      'a stale order is closed',
      [erase],
      '    perform api.close_due_order(p_customer_id, v_order.id);\n',
      '    null;\n',
    ],
    ['only a stale one', [erasing], ' and o.expires_at <= v_now', ''],
    ['no live order', [erase], 'o.is_live or exists', 'exists'],
    ['no live trip', [erase], 't.order_id = o.id and t.is_live', 'false'],
    ['of this customer', [erase], 'where o.customer_id = p_customer_id and (', 'where ('],
    ['this customer’s', [erase], 'where o.customer_id = p_customer_id and not o.is_live', 'where not o.is_live'],
    ['what is not erased', [erase], ' and o.erased_at is null', ''],
    ['a lock', [erasing], '    for no key update\n', ''],
    ['who', [erase], 'api.event_actor()', "'clock'"],
  ]),
  ...inFile('sweeps/erase_old_orders.sql', [
    ['200 at a time', [sweeps], 'coalesce(p_limit, 200)', 'p_limit'],
    ['the retention', [sweeps], '(select s.retention from app.settings s)', "interval '400 days'"],
    ['by the clock', [sweeps], "v_started_at, 'clock')", 'v_started_at, session_user)'],
    ['its row in app.sweeps', [sweeps], ', closed_count = excluded.closed_count', ''],
    ['the count', [sweeps], 'return v_count;', 'return 0;'],
  ]),
  ...['dispute_notes_only_grow_or_become_blank on app.disputes', 'driver_only_becomes_blank on app.trips'].map(
    (guard) => withSql(`the guard ${guard}`, [guards], `drop trigger ${guard}`),
  ),
  ...['event_reason_only_becomes_blank on app.order_events', 'personal_facts_only_become_blank on app.orders'].map(
    (guard) => withSql(`the guard ${guard}`, [guards], `drop trigger ${guard}`),
  ),
  ...inFile('guards/personal_facts_only_become_blank.sql', [
    ['not while it is live', [personalGuard], 'old.is_live or ', ''],
    ['what is erased stays so', [personalGuard], 'old.erased_at is not null\n      or ', ''],
    ['an erased order names nobody', [personalGuard], 'new.erased_at is not null and (', 'false and ('],
    ...[...columns.text.map((column) => [column, "''"]), ...columns.place.map((column) => [column, '0'])].map(
      ([column, blank]): Change => [
        `${column} becomes blank alone`,
        [personalGuard],
        `new.${column} not in (old.${column}, ${blank})`,
        'false',
      ],
    ),
    ...columns.region.map(
      (column): Change => [
        `${column} becomes blank alone`,
        [personalGuard],
        `coalesce(new.${column}, old.${column}) is distinct from old.${column}`,
        'false',
      ],
    ),
    ['the stops become blank alone', [personalGuard], "new.stops not in (old.stops, '[]')", 'false'],
    ['the hash becomes blank alone', [personalGuard], 'new.content_hash not in (old.content_hash, v_zeros)', 'false'],
  ]),
  ...inFile('guards/driver_only_becomes_blank.sql', [
    ['not while it is live', [driverGuard], 'old.is_live or ', ''],
    ['the name becomes blank alone', [driverGuard], "new.driver_name not in (old.driver_name, '')", 'false'],
    ['the phone becomes blank alone', [driverGuard], "new.driver_phone not in (old.driver_phone, '')", 'false'],
  ]),
  ...inFile('guards/event_reason_only_becomes_blank.sql', [
    ['only blank', [eventGuard], 'new.reason is null and ', ''],
    ['not while the order is live', [eventGuard], 'and o.is_live)', 'and false)'],
    ['the order', [eventGuard], ' and o.id = old.order_id', ''],
    ['the customer', [eventGuard], 'o.customer_id = old.customer_id and ', ''],
    [
      'no change is none',
      [eventGuard],
      '  for each row when (old.reason is distinct from new.reason)\n',
      '  for each row\n',
    ],
  ]),
  ...inFile('guards/dispute_notes_only_grow_or_become_blank.sql', [
    ['no notes on an erased order', [disputeGuard], "new.notes := '';", 'null;'],
    ['a lock', [erasing], '\n  for share;', ';'],
    ['no code on an erased order', [disputeGuard], "new.reason_code := 'customer_request';", 'null;'],
    ['only added to', [disputeGuard], 'not starts_with(new.notes, old.notes)', 'false'],
    ['or blank', [disputeGuard], "new.notes <> '' and not", 'not'],
    ['the code', [disputeGuard], "new.reason_code not in (old.reason_code, 'customer_request')", 'false'],
    ['the code becomes blank', [disputeGuard], "(old.reason_code, 'customer_request')", '(old.reason_code)'],
    ['a code alone', [disputeGuard], " or new.reason_code <> 'customer_request')\n", ')\n'],
    ['when only the code is written', [disputeGuard], 'update of notes, reason_code on', 'update of notes on'],
  ]),
  ...inFile('guards/order_events_are_append_only.sql', [
    ['every column but the reason', [guards], 'occurred_at, ', ''],
  ]),
]
