// What admins and DBAs see and do: views, queries, and their commands.
import { type Change, commands, helpers, inFile, type Mutations, queries, views, withSql } from './kit.ts'

export const admins: Mutations = [
  ...inFile('views/orders.sql', [
    ['the true status', [views], 'api.status_at(o, statement_timestamp()) as status', 'o.status as status'],
    [
      'the stored status',
      [views],
      'o.status as stored_status',
      'api.status_at(o, statement_timestamp()) as stored_status',
    ],
    ['is_open until expires_at', [views], 'o.is_open and o.expires_at > statement_timestamp()', 'o.is_open'],
    ['is_open while it searches', [views], 'o.is_open and o.expires_at > ', 'o.expires_at > '],
    ['is_due from expires_at', [views], 'o.is_open and o.expires_at <= statement_timestamp()', 'o.is_open'],
    ['is_due while it is open', [views], 'o.is_open and o.expires_at <= ', 'o.expires_at <= '],
    ['seconds left', [views], 'api.seconds_left(o, statement_timestamp())', '0'],
    ...['is_live', 'updated_at', 'trucks_total', 'total_amount'].map(
      (column): Change => [
        `the true ${column}`,
        [views],
        `(api.order_at(o, statement_timestamp())).${column} as ${column}`,
        `o.${column}`,
      ],
    ),
  ]),
  ...inFile('views/truck_requests.sql', [
    ['the true status', [views], 'api.truck_request_status(t.status, o.is_open) as status', 't.status as status'],
    [
      'when it ended',
      [views],
      ' = t.status then t.updated_at else o.expires_at end',
      ' is not null then t.updated_at end',
    ],
    [
      'the stored status',
      [views],
      't.status as stored_status',
      'api.truck_request_status(t.status, o.is_open) as stored_status',
    ],
    ['its number in its id', [views], "o.id || '.' || t.request_number as id", 'o.id::text as id'],
    ['the customer', [views], 't.customer_id = o.customer_id and ', ''],
    ['the order', [views], ' and t.order_id = o.id', ''],
  ]),
  ...inFile('views/order_events.sql', [
    ['the customer', [views], 'e.customer_id = o.customer_id and ', ''],
    ['the order', [views], ' and e.order_id = o.id', ''],
  ]),
  ...inFile('views/active_orders.sql', [['only who searches', [views], '\nwhere o.is_open', '']]),
  ...inFile('views/due_orders.sql', [
    ['only what is due', [views], '\nwhere o.is_due', ''],
    ['for how long', [views], 'ceil(', 'floor('],
  ]),
  // Not here: the statuses that an order comes from, since it can also come back to each.
  ...inFile('views/order_statuses.sql', [
    ['where an order ends', [views], '\nunion\nselect m.to_status from app.order_transitions m', ''],
  ]),
  ...inFile('views/settings.sql', [
    ['what is stored', [views], 's.creates_per_minute', '10 as creates_per_minute'],
    ['the alarm for trips', [views], 's.trip_alarm', "interval '24 hours' as trip_alarm"],
  ]),

  ...inFile('queries/explain_customer.sql', [
    ['the active order', [queries], 'perform api.refuse_second_active_order(v_open, v_now);', 'null;'],
    ['the create limit', [queries], '    perform api.refuse_create_above_limit(p_customer_id, v_now);\n', ''],
    [
      'active order before create limit',
      [queries],
      '    select o.* into v_open',
      '    perform api.refuse_create_above_limit(p_customer_id, v_now);\n    select o.* into v_open',
    ],
    ['the way out', [queries], 'what_to_do = pg_exception_hint', 'what_to_do = message_text'],
    ['the newest', [queries], 'o.id = newest.id or ', ''],
    ['what is not over', [queries], 'o.is_live or ', ''],
    ['what is due', [queries], ' or o.is_due', ''],
    ['the last minute', [queries], " or o.created_at > v_now - interval '1 minute'", ''],
    ['nothing older', [queries], "interval '1 minute'", "interval '1 day'"],
    ['the customer', [queries], 'on o.customer_id = p_customer_id\n      and (', 'on ('],
    ['the customer of the newest', [queries], 'where n.customer_id = p_customer_id ', ''],
    ['newest first', [queries], 'order by o.id desc;', 'order by o.id;'],
    ['a row for a customer without an order', [queries], 'left join api.orders', 'join api.orders'],
  ]),
  // Not here: the customer, whom customer_of_order has found by the order.
  ...inFile('queries/order_timeline.sql', [
    ['what the clock has done', [queries], ' and o.is_due', ' and false'],
    ['only what the clock has done', [queries], ' and o.is_due', ''],
    ['when', [queries], 'select o.expires_at, o.stored_status', 'select statement_timestamp(), o.stored_status'],
    ['the order', [queries], ' and e.order_id = p_order_id', ''],
    ['in order', [queries], 'order by e.id', 'order by e.id desc'],
    ['the trips', [queries], 'e.trip_id, e.trip_status', 'null::uuid, null::text'],
    ['the counts', [queries], 'e.trucks_filled, e.trucks_total, e', 'null::integer, null::integer, e'],
    [
      'the counts that the clock has made',
      [queries],
      'null::timestamptz, o.trucks_filled, o.trucks_total',
      'null::timestamptz, 0, 0',
    ],
  ]),
  ...inFile('queries/sweep_status.sql', [
    ['a row before the first sweep', ['test/queries/sweep_status'], 'left join app.sweeps', 'join app.sweeps'],
    ['how many are due', ['test/queries/sweep_status'], 'count(*)::integer', '0'],
    ['the oldest', ['test/queries/sweep_status'], 'max(d.due_seconds)', 'min(d.due_seconds)'],
  ]),
  ...inFile('queries/order_counts.sql', [
    ['from when', [queries], 'coalesce(p_created_from, ', "coalesce('-infinity'::timestamptz, "],
    ['the first instant', [queries], 'o.created_at >= ', 'o.created_at > '],
    ['until when', [queries], "coalesce(p_created_before, 'infinity')", "'infinity'::timestamptz"],
    ['not the last instant', [queries], 'o.created_at < ', 'o.created_at <= '],
    ['a day', [queries], "interval '1 day'", "interval '2 days'"],
    ['the true status', [queries], 'o.status = s.status', 'o.stored_status = s.status'],
    ['every status', [queries], 'left join api.orders', 'join api.orders'],
  ]),
  ...inFile('queries/health.sql', [
    [
      'what each index is',
      [queries],
      " and pg_get_indexdef(i.indexrelid) = format('CREATE UNIQUE INDEX %s ON app.%s', d.name, d.definition)",
      '',
    ],
    ...[
      "('one_active_order_per_customer', 'orders USING btree (customer_id) WHERE is_open'),\n        ",
      "('one_order_per_idempotency_key', 'orders USING btree (customer_id, idempotency_key) WHERE (idempotency_key IS NOT NULL)'),\n        ",
      "('one_trip_per_truck_request', 'trips USING btree (customer_id, order_id, request_number) WHERE fills_request'),\n        ",
      "('one_live_trip_per_vehicle', 'trips USING btree (vehicle_number) WHERE is_live'),\n        ",
      ",\n        ('one_live_trip_per_driver', 'trips USING btree (driver_phone) WHERE is_live')",
    ].map((line): Change => [`the rule ${/'(\w+)'/.exec(line)?.[1]}`, [queries], line, '']),
    ['every index', [queries], 'bool_and(r.is_there)', 'bool_or(r.is_there)'],
    ['which index', [queries], ' filter (where not r.is_there)', ''],
    ['every guard', [queries], ", 'settings_row_stays'", ''],
    [
      'guards that are others',
      [queries],
      "\n        and right(obj_description(t.oid, 'pg_trigger'), 32) = md5(pg_get_triggerdef(t.oid))",
      '',
    ],
    ['guards that are off', [queries], "t.tgenabled = 'O'", 'true'],
    ['the record of a migration', [queries], 'count(*) > 0', 'true'],
    ['the age of the last sweep', [queries], "interval '5 minutes'", "interval '1 hour'"],
    ['a sweep that never ran', [queries], "interval '5 minutes', false)", "interval '5 minutes', true)"],
    ['the age of what is due', [queries], 's.oldest_due_seconds < 300', 'true'],
    ['the guards of trips', [queries], "'trip_event_is_recorded', ", ''],
    ['the guard that trips agree', [queries], "'trip_agrees_with_its_truck_request',\n      ", ''],
    ['the guard of what a trip is', [queries], "'trip_facts_never_change', ", ''],
    [
      'what to do only where something is wrong',
      [queries],
      'case when not c.is_ok then c.what_to_do end',
      'c.what_to_do',
    ],
  ]),

  ...inFile('commands/cancel_order_by_id.sql', [
    ['a reason', [commands], '  if coalesce(', '  if false and coalesce('],
    [
      'the reason is kept',
      [commands],
      'perform api.cancel_order(v_customer_id, p_order_id, p_reason)',
      'perform api.cancel_order(v_customer_id, p_order_id)',
    ],
  ]),
  ...inFile('commands/change_settings.sql', [
    ['the search window', [commands], 'coalesce(p_search_window, s.search_window)', 's.search_window'],
    ['the create limit', [commands], 'coalesce(p_creates_per_minute, s.creates_per_minute)', 's.creates_per_minute'],
    [
      'a window left out stays',
      [commands],
      'coalesce(p_search_window, s.search_window)',
      "coalesce(p_search_window, '90 s')",
    ],
    [
      'a limit left out stays',
      [commands],
      'coalesce(p_creates_per_minute, s.creates_per_minute)',
      'coalesce(p_creates_per_minute, 5)',
    ],
    ['the alarm for trips', [commands], 'coalesce(p_trip_alarm, s.trip_alarm)', 's.trip_alarm'],
    [
      'an alarm left out stays',
      [commands],
      'coalesce(p_trip_alarm, s.trip_alarm)',
      "coalesce(p_trip_alarm, '1 day 1 s')",
    ],
    [
      'what is true then',
      [commands],
      'returning s.search_window, s.creates_per_minute',
      'returning s.search_window, 1',
    ],
  ]),
  ...['search_window_is_1_s_to_1_h', 'creates_per_minute_is_positive', 'trip_alarm_is_1_min_to_30_days'].map((rule) =>
    withSql(`the check ${rule}`, [commands], `alter table app.settings drop constraint ${rule}`),
  ),
  withSql(
    'the check cancel_reason_is_at_most_500_characters',
    [commands],
    'alter table app.orders drop constraint cancel_reason_is_at_most_500_characters',
  ),
  ...inFile('helpers/customer_of_order.sql', [
    ['unknown orders', [helpers], 'if v_customer_id is null then', 'if false then'],
    ['the order', [helpers], ' where o.id = p_order_id', ' limit 1'],
  ]),
  ...inFile('helpers/truck_request_status.sql', [
    ['only one that searches', [helpers], "p_stored_status = 'searching' and ", ''],
    ['only in an order that does not', [helpers], ' and not p_order_is_open', ''],
  ]),
]
