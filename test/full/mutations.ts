// Every rule of sql/ that can be taken away by one change of text, and the files whose tests should miss it.
import type { Mutation } from '../support/mutation.ts'

const create = 'test/commands/create_order'
const cancel = 'test/commands/cancel_order'
const commands = 'test/commands/'
const accept = 'test/commands/accept_truck_request'
const start = 'test/commands/start_trip'
const complete = 'test/commands/complete_trip'
const withdraw = 'test/commands/withdraw_trip'
const oneCustomer = 'test/commands/one_customer_only'
const cancelSearch = 'test/commands/cancel_search'
const dispute = 'test/commands/dispute_cancel'
const helpers = 'test/helpers/'
const guards = 'test/guards/'
const tripEvent = 'test/guards/trip_event_is_recorded'
const agrees = 'test/guards/trip_agrees_with_its_truck_request'
const facts = 'test/guards/trip_facts_never_change'
const queries = 'test/queries/'
const views = 'test/views/'
const roles = 'test/catalog/roles'
const sweeps = 'test/sweeps/'
const staged = 'test/races/staged'
const interleavings = 'test/races/interleavings'
const churn = 'test/races/churn'
const accepts = 'test/races/accepts'
const stagedTrips = 'test/races/staged-trips'
const interleavingsOfTrips = 'test/races/interleavings-of-trips'
const feed = 'test/live/order-feed'
const sockets = 'test/live/sockets'
const orderEvents = 'test/rest/order-events'
const restCreate = 'test/rest/create-order'
const newerOrders = 'test/rest/newer-orders'
const restRead = 'test/rest/read-and-cancel'

type Change = [rule: string, tests: string[], replace: string, by: string]
const inFile = (file: string, changes: Change[]) =>
  changes.map(([rule, tests, replace, by]) => ({ rule: `${file}: ${rule}`, tests, file, replace, by }))
const withSql = (rule: string, tests: string[], sql: string) => ({ rule, tests, sql })

/** A row value of these columns but one. */
const fieldsOf = (record: string, columns: string[], without?: string) =>
  `(${columns
    .filter((column) => column !== without)
    .map((column) => `${record}.${column}`)
    .join(', ')})`
/** What order_move_is_legal compares with what the clock has made of an order. */
const made = ['status', 'created_at', 'expires_at', 'trucks_requested', 'trucks_filled', 'trucks_total', 'total_amount']
const madeByClock = `(new.status, new.created_at, new.expires_at, new.trucks_requested, new.trucks_filled, new.trucks_total, new.total_amount)
      is not distinct from (v_true.status, v_true.created_at, v_true.expires_at, v_true.trucks_requested,
        v_true.trucks_filled, v_true.trucks_total, v_true.total_amount)`
/** What closed_order_never_changes keeps. */
const final = [
  'status',
  'created_at',
  'updated_at',
  'expires_at',
  'trucks_requested',
  'trucks_total',
  'trucks_filled',
  'total_amount',
]
/** What trip_facts_never_change keeps, and what of it only once the trip has ended. */
const tripFacts = ['customer_id', 'order_id', 'id', 'request_number', 'transporter_id', 'created_at']
const tripEnd = ['vehicle_number', 'started_at', 'ended_at']

const ofCustomer = 'o.customer_id = p_customer_id and '

export const mutations: (Mutation & { rule: string; tests: string[] })[] = [
  withSql('the index one_active_order_per_customer', [guards], 'drop index app.one_active_order_per_customer'),
  withSql(
    'the index one_active_order_per_customer, by races',
    [staged],
    'drop index app.one_active_order_per_customer',
  ),
  withSql('the index one_active_order_per_customer, by churn', [churn], 'drop index app.one_active_order_per_customer'),
  withSql('the index one_order_per_idempotency_key', [guards], 'drop index app.one_order_per_idempotency_key'),
  withSql(
    'the index one_order_per_idempotency_key, by races',
    [staged],
    'drop index app.one_order_per_idempotency_key',
  ),
  ...['order_starts_active', 'order_move_is_legal', 'closed_order_never_changes', 'order_event_is_recorded'].map(
    (guard) => withSql(`the guard ${guard}`, [guards], `drop trigger ${guard} on app.orders`),
  ),
  withSql(
    'where is_open in one_active_order_per_customer',
    [create],
    'drop index app.one_active_order_per_customer; create unique index one_active_order_per_customer on app.orders (customer_id)',
  ),
  ...[
    ['is_open without partially_filled', "is_open set expression as (status = 'active')"],
    [
      'is_open with fully_filled',
      "is_open set expression as (status in ('active', 'partially_filled', 'fully_filled'))",
    ],
    [
      'is_live without in_progress',
      "is_live set expression as (status not in ('expired', 'cancelled', 'completed', 'in_progress'))",
    ],
    ['is_live with expired', "is_live set expression as (status not in ('cancelled', 'completed'))"],
  ].map(([rule = '', set = '']) => withSql(rule, [queries], `alter table app.orders alter column ${set}`)),
  ...['active', 'partially_filled', 'fully_filled'].map((from) =>
    withSql(
      `the move from ${from} to cancelled`,
      [cancel],
      `delete from app.order_transitions where from_status = '${from}' and to_status = 'cancelled'`,
    ),
  ),
  withSql(
    'what only the clock may do',
    [guards],
    "update app.order_transitions set is_by_clock_only = false where to_status = 'expired'",
  ),
  withSql('the guard settings_row_stays', [guards], 'drop trigger settings_row_stays on app.settings'),
  withSql(
    'the guard order_events_are_append_only',
    [guards],
    'drop trigger order_events_are_append_only on app.order_events',
  ),

  ...inFile('helpers/open_order.sql', [
    ['is_open', [queries], 'o.is_open and ', ''],
    ['expires_at', [queries], ' and o.expires_at > clock_timestamp()', ''],
    ['expires_at, by churn', [churn], ' and o.expires_at > clock_timestamp()', ''],
    ['the customer', [queries], ofCustomer, ''],
  ]),
  ...inFile('queries/active_order.sql', [['the customer', [queries], '\n  where a.customer_id = p_customer_id', '']]),
  ...inFile('queries/order_detail.sql', [['the customer', [commands, helpers], ofCustomer, '']]),
  ...inFile('queries/order_status.sql', [['the customer', [queries], ofCustomer, '']]),
  ...inFile('queries/customer_orders.sql', [
    ['the customer', [queries, restRead], '    where o.customer_id = p_customer_id\n', ''],
    ['newest first', [queries], 'order by o.id desc\n    limit', 'order by o.id\n    limit'],
    ['the offset', [queries], 'limit p_limit offset p_offset', 'limit p_limit'],
  ]),

  // Not here: the condition of status_at, which order_at has asked before.
  ...inFile('helpers/status_at.sql', [
    ['settling', [queries], 'when p_order.trucks_filled = 0 then', 'when true then'],
  ]),
  ...inFile('helpers/order_at.sql', [
    ['is_open', [queries], 'p_order.is_open and ', ''],
    ['expires_at', [queries], ' and p_order.expires_at <= p_at', ''],
    ['it searches no more', [queries], '  p_order.is_open := false;\n', ''],
    ['it is over', [queries], '  p_order.is_live := p_order.trucks_filled > 0;\n', ''],
    ['when it ended', [sweeps], '  p_order.updated_at := p_order.expires_at;\n', ''],
    ['the trucks shrink', [queries], '    p_order.trucks_total := p_order.trucks_filled;\n', ''],
    [
      'the amount shrinks',
      [sweeps],
      'p_order.total_amount := (',
      'p_order.total_amount := p_order.total_amount + 0 * (',
    ],
    ['only filled trucks cost', [queries, commands], ' and t.is_filled', ''],
    ['the customer', [commands, helpers], 't.customer_id = p_order.customer_id and ', ''],
  ]),
  ...inFile('helpers/truck_requests_of.sql', [
    [
      'searching requests expire with their order',
      [queries],
      'api.truck_request_status(t.status, p_order.is_open)',
      't.status',
    ],
    [
      'when they expired',
      [queries],
      "case when t.status = 'searching' and not p_order.is_open then p_order.expires_at else t.updated_at end",
      't.updated_at',
    ],
    ['the customer', [commands, helpers], 't.customer_id = p_order.customer_id and ', ''],
  ]),
  ...inFile('helpers/seconds_left.sql', [
    ['rounding up', [commands, helpers, queries], 'ceil(', 'floor('],
    ['only a search counts down', [queries], 'case when p_order.is_open', 'case when true'],
  ]),

  ...inFile('commands/create_order.sql', [
    ['the schedule comes before the active order', [create], 'perform api.refuse_far_schedule(p_scheduled_at);', ''],
    [
      'the replay',
      [create, helpers],
      'if v_order.id is not null then\n      return api.order_at',
      'if false then\n      return api.order_at',
    ],
    [
      'the replay as it is now',
      [create, helpers],
      'return api.order_at(v_order, clock_timestamp());',
      'return v_order;',
    ],
    [
      'replay before active order',
      [create, helpers],
      'if v_order.id is not null then\n      return api.order_at',
      'if v_order.id is not null and not exists (select from api.active_order(p_customer_id)) then\n      return api.order_at',
    ],
    [
      'replay before create limit',
      [create, helpers],
      '    v_order := api.replayed_order',
      '    perform api.refuse_create_above_limit(p_customer_id, clock_timestamp());\n    v_order := api.replayed_order',
    ],
    ['refusing while one is open', [create, helpers], 'v_open.expires_at > v_now', 'false'],
    ['refusing only while it is open', [create, helpers], 'if v_open.expires_at > v_now', 'if v_open.id is not null'],
    [
      'only open orders are in the way',
      [create, helpers],
      'o.customer_id = p_customer_id and o.is_open',
      'o.customer_id = p_customer_id',
    ],
    [
      'only the own order is in the way',
      [create, helpers],
      'where o.customer_id = p_customer_id and o.is_open',
      'where o.is_open',
    ],
    [
      'the clock is read, not the start of the transaction',
      [create, helpers],
      'v_now := clock_timestamp();',
      'v_now := now();',
    ],
    ['the create limit', [create, helpers], 'perform api.refuse_create_above_limit(p_customer_id, v_now);', ''],
    [
      'active order before create limit',
      [create, helpers],
      '    if v_open.expires_at > v_now then',
      '    perform api.refuse_create_above_limit(p_customer_id, v_now);\n    if v_open.expires_at > v_now then',
    ],
    ['closing the stale order', [create, helpers], 'if v_open.id is not null then', 'if false then'],
    ['trying again', [staged], '1..10', '1..1'],
    ['the truck requests', [create, helpers], 'perform api.insert_truck_requests(v_order, p_truck_lines);', ''],
    ['an empty key is none', [create, helpers], "nullif(p_idempotency_key, '')", 'p_idempotency_key'],
  ]),
  ...inFile('helpers/insert_order.sql', [
    ['on conflict do nothing', [staged], '  on conflict do nothing\n', ''],
    [
      'on conflict without a target',
      [staged],
      '  on conflict do nothing\n',
      '  on conflict (customer_id) where is_open do nothing\n',
    ],
    ['the search window', [create, helpers], 'v_now + v_search_window', "v_now + interval '60 seconds'"],
    ['the clock is read, not the start of the transaction', [commands, helpers], 'clock_timestamp()', 'now()'],
  ]),
  ...inFile('helpers/insert_truck_requests.sql', [
    ['one per truck', [create, helpers], '\n  cross join generate_series(1, l.quantity)', ''],
  ]),
  ...inFile('helpers/refuse_create_above_limit.sql', [
    ['a minute', [create, helpers], 'v_free_at > p_at', 'v_free_at is not null'],
    ['the number', [create, helpers], 'offset v_limit - 1', 'offset v_limit'],
    ['the customer', [commands, helpers], '  where o.customer_id = p_customer_id\n', ''],
    ['newest first', [commands, helpers], 'order by o.id desc', 'order by o.id'],
  ]),
  ...inFile('helpers/replayed_order.sql', [
    ['the same content', [create, helpers], 'v_order.content_hash <> p_content_hash', 'false'],
    ['the customer', [create, helpers], ofCustomer, ''],
    ['the key', [commands, helpers], ' and o.idempotency_key = p_idempotency_key', ''],
  ]),
  ...inFile('helpers/truck_line_totals.sql', [
    ['1 to 60 lines', [create, helpers], 'v_line_count not between 1 and 60 or ', ''],
    ['1 to 100 trucks a line', [create, helpers], ' or not v_quantities_fit', ''],
  ]),
  ...inFile('helpers/content_hash.sql', [
    ['pickup', [commands, helpers], "round((p_pickup->>'latitude')::numeric, 5), ", ''],
    ['drop', [restCreate], "round((p_drop->>'latitude')::numeric, 5), ", ''],
    ['5 decimals', [restCreate], "round((p_drop->>'latitude')::numeric, 5)", "(p_drop->>'latitude')::numeric"],
    ['a stop’s address', [commands, helpers], "lower(btrim(s.place->>'address'))", "''"],
    ['the order of stops', [commands, helpers], ' order by s.ordinality)', " order by s.place->>'address')"],
    ['price', [restCreate], 'l.price_per_truck, l.quantity)', 'l.quantity)'],
    ['quantity', [commands, helpers], 'l.price_per_truck, l.quantity)', 'l.price_per_truck)'],
    ['vehicle type', [commands, helpers], 'jsonb_build_array(l.vehicle_type, ', 'jsonb_build_array('],
    [
      'vehicle subtype',
      [commands, helpers],
      'jsonb_build_array(l.vehicle_type, l.vehicle_subtype, ',
      'jsonb_build_array(l.vehicle_type, ',
    ],
    ['distance', [restCreate], 'p_distance_km, p_goods_type', 'p_goods_type'],
    ['goods', [restCreate], 'p_distance_km, p_goods_type', 'p_distance_km'],
    ['weight', [restCreate], 'p_cargo_weight_kg, extract', 'extract'],
    ['schedule', [restCreate], ', extract(epoch from p_scheduled_at)', ''],
  ]),

  ...inFile('commands/cancel_order.sql', [
    ['the second judgement', ['test/races/cancels'], '1..2', '1..1'],
    ['order_is_cancellable', [cancel], 'if not api.is_cancellable(v_order) then', 'if false then'],
    ['what is over stays', [cancel], 'if not v_order.is_live then\n      return', 'if false then\n      return'],
    ['only what the clock has done is judged once more', [cancel], "v_rule <> 'order_move_is_legal'", 'false'],
    ['what the clock has done is judged once more', ['test/races/cancels'], "v_rule <> 'order_move_is_legal'", 'true'],
  ]),
  ...inFile('helpers/write_cancel.sql', [
    ['the truck requests', [cancel], "t.status in ('searching', 'assigned')", 'false'],
    ['assigned trucks too', [cancel], "in ('searching', 'assigned')", "in ('searching')"],
    ['closed truck requests stay', [commands, helpers], " and t.status in ('searching', 'assigned')", ''],
    ['the reason', [cancel], 'cancel_reason = p_reason', 'cancel_reason = null'],
    ['the customer of the order', [commands, helpers], 'o.customer_id = p_order.customer_id and ', ''],
    ['the customer of the trucks', [commands, helpers], 't.customer_id = v_order.customer_id and ', ''],
    ['the trips', [cancel], 'if v_order.trucks_filled > 0 then', 'if false then'],
    ['trips that have ended stay', [cancel], ' and t.is_live', ''],
    ['the trips’ reason', [cancel], 'end_reason = p_reason', 'end_reason = null'],
    ['when the trips ended', [cancel], 'ended_at = v_order.updated_at', 'ended_at = now()'],
    [
      'the trips of this order alone',
      [cancel],
      't.customer_id = v_order.customer_id and t.order_id = v_order.id and t.is_live',
      't.customer_id = v_order.customer_id and t.is_live',
    ],
  ]),
  ...inFile('helpers/known_order.sql', [
    ['unknown orders', [cancel, sweeps], 'if v_order.id is null then', 'if false then'],
  ]),
  ...inFile('helpers/is_cancellable.sql', [
    ['what is over', [cancel], "p_order.status in ('cancelled', 'expired')\n    or ", ''],
    ['what is listed', [cancel], "m.from_status = p_order.status and m.to_status = 'cancelled'", 'false'],
    ['from where', [cancel], 'm.from_status = p_order.status and ', ''],
  ]),
  ...inFile('helpers/lock_order.sql', [
    ['for update', [staged], '\n  for update;', ';'],
    ['settling first', [cancel], 'v_true := api.close_due_order(p_customer_id, p_order_id);', 'null;'],
    ['the customer', [commands, helpers], ofCustomer, ''],
  ]),

  ...inFile('sweeps/close_due_order.sql', [['for update', [staged, interleavings], ' for update;', ';']]),
  ...inFile('helpers/lock_due_orders.sql', [
    ['skip locked', [sweeps], ' skip locked', ''],
    ['for update', [staged], '\n    for update skip locked', ''],
    ['the limit', [sweeps], '    limit p_limit\n', ''],
    ['oldest first', [sweeps], 'order by o.expires_at', 'order by o.expires_at desc'],
    ['due only', [sweeps], ' and o.expires_at <= p_at', ''],
    ['open only', [sweeps], 'o.is_open and ', ''],
  ]),
  ...inFile('helpers/close_locked_orders.sql', [
    ['due only', [sweeps], '    where o.is_open and o.expires_at <= p_at\n', ''],
    ['the trucks shrink', [sweeps], 'trucks_total = due.trucks_total, ', ''],
    ['the amount shrinks', [sweeps], ', total_amount = due.total_amount', ''],
    ['truck requests expire', [sweeps], "and t.status = 'searching' and not o.is_open", 'and false'],
    ['assigned trucks stay', [sweeps], "t.status = 'searching' and not", 'not'],
    ['open orders keep theirs', [sweeps], ' and not o.is_open', ''],
    ['when they expired', [queries], 'updated_at = o.expires_at', 'updated_at = clock_timestamp()'],
    ['the customer of the order', [commands, helpers], 'where o.customer_id = due.customer_id and ', 'where '],
    ['the customer of the trucks', [commands, helpers], 'where t.customer_id = o.customer_id and ', 'where '],
  ]),
  ...inFile('sweeps/expire_due_orders.sql', [
    ['500 at a time', [sweeps], 'coalesce(p_limit, 500)', 'p_limit'],
    ['its row in app.sweeps', [sweeps], ', closed_count = excluded.closed_count', ''],
    ['the count', [sweeps], 'return v_count;', 'return 0;'],
  ]),

  ...inFile('guards/order_move_is_legal.sql', [
    ['what the clock alone may do', [guards], ' and not m.is_by_clock_only', ''],
    ['the true status', [guards], 'if v_true.status <> old.status then', 'if false then'],
    ['only what the clock has made of it', [guards], madeByClock, 'true'],
    // Not trucks_filled: the check trucks_filled_fits_status ties it to the status and to trucks_total.
    ...made
      .filter((column) => column !== 'trucks_filled')
      .map(
        (column): Change => [
          `only the ${column} that the clock has made of it`,
          [guards],
          madeByClock,
          `${fieldsOf('new', made, column)} is not distinct from ${fieldsOf('v_true', made, column)}`,
        ],
      ),
    ['from where', [guards], 'm.from_status = old.status and ', ''],
    ['to where', [guards], ' and m.to_status = new.status', ''],
    ['the date of a move', [guards], '    new.updated_at := v_now;\n', ''],
    ['the date of an expiry', [guards], '      new.updated_at := v_true.updated_at;\n', ''],
  ]),
  ...made.map((column) =>
    withSql(
      `order_move_is_legal: a look at ${column}`,
      [guards],
      `create or replace trigger order_move_is_legal before update on app.orders
         for each row when (${fieldsOf('old', made, column)} is distinct from ${fieldsOf('new', made, column)})
         execute function app.order_move_is_legal()`,
    ),
  ),
  ...inFile('guards/order_event_is_recorded.sql', [
    [
      'the clock as the actor',
      [guards],
      "case when old.is_open and new.updated_at = old.expires_at then 'clock' else api.event_actor() end",
      'api.event_actor()',
    ],
    ['only the end of a search is the clock’s', [guards], ' and new.updated_at = old.expires_at', ''],
    ['every move', [guards], 'after insert or update of status', 'after insert'],
    ['every creation', [guards], 'after insert or update of status', 'after update of status'],
    ['only moves', [guards], 'elsif old.status is distinct from new.status then', 'else'],
    ['the reason', [cancel], 'new.cancel_reason, new.updated_at', 'null, new.updated_at'],
    ['when it became true', [sweeps], 'new.cancel_reason, new.updated_at', 'new.cancel_reason, clock_timestamp()'],
    [
      'the creation',
      [guards],
      'values (new.customer_id, new.id, new.status, new.trucks_filled, new.trucks_total, api.event_actor(), new.created_at);',
      'select new.customer_id, new.id, new.status, new.trucks_filled, new.trucks_total, api.event_actor(), new.created_at where false;',
    ],
  ]),
  ...inFile('helpers/event_actor.sql', [
    ['the caller as the actor', [restRead], "nullif(current_setting('app.actor', true), '')", 'null'],
    ['only the service names the actor', [guards], "session_user in ('weelo_rest', 'weelo_graphql')", 'true'],
    ['the phones name the actor', [guards], "('weelo_rest', 'weelo_graphql')", "('weelo_graphql')"],
    ['the admins name the actor', [guards], "('weelo_rest', 'weelo_graphql')", "('weelo_rest')"],
    [
      'an empty name is none',
      [guards],
      "nullif(current_setting('app.actor', true), '')",
      "current_setting('app.actor', true)",
    ],
  ]),
  ...final.map((column) =>
    withSql(
      `closed_order_never_changes: ${column}`,
      [guards],
      `create or replace trigger closed_order_never_changes before update on app.orders
         for each row when (not old.is_live and ${fieldsOf('old', final, column)} is distinct from ${fieldsOf('new', final, column)})
         execute function app.closed_order_never_changes()`,
    ),
  ),

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

  ...inFile('commands/accept_truck_request.sql', [
    ['the same attempt again', [accept], 'then\n    return api.trip(v_trip);', 'then\n    null;'],
    [
      'only the same transporter',
      [accept],
      '(v_trip.transporter_id, v_trip.vehicle_number, v_trip.driver_phone) = (p_transporter_id, v_vehicle_number, v_driver_phone)',
      '(v_trip.vehicle_number, v_trip.driver_phone) = (v_vehicle_number, v_driver_phone)',
    ],
    [
      'only the same vehicle',
      [accept],
      '(v_trip.transporter_id, v_trip.vehicle_number, v_trip.driver_phone) = (p_transporter_id, v_vehicle_number, v_driver_phone)',
      '(v_trip.transporter_id, v_trip.driver_phone) = (p_transporter_id, v_driver_phone)',
    ],
    [
      'only the same driver',
      [accept],
      '(v_trip.transporter_id, v_trip.vehicle_number, v_trip.driver_phone) = (p_transporter_id, v_vehicle_number, v_driver_phone)',
      '(v_trip.transporter_id, v_trip.vehicle_number) = (p_transporter_id, v_vehicle_number)',
    ],
    ['a trip that no longer fills is forgotten', [withdraw], ' and t.fills_request', ''],
    ['taken by another', [accept], 'if v_trip.id is not null then', 'if false then'],
    ['given up for good', [accept], "\n    and t.status = 'searching';\n  if not found then", ';\n  if not found then'],
    ['only an open order', [accept], 'if not v_order.is_open then', 'if false then'],
    [
      'the order counts it',
      [accept],
      'set trucks_filled = o.trucks_filled + 1,\n',
      'set trucks_filled = o.trucks_filled,\n',
    ],
    [
      'the last truck fills it',
      [accept],
      "case when o.trucks_filled + 1 = o.trucks_total then 'fully_filled' else 'partially_filled' end",
      "'partially_filled'",
    ],
    [
      'its truck request alone',
      [accept],
      " and t.request_number = v_request.request_number\n    and t.status = 'searching';",
      " and t.status = 'searching';",
    ],
    [
      'upper case',
      [accept],
      "upper(regexp_replace(p_vehicle_number, '\\s', '', 'g'))",
      "regexp_replace(p_vehicle_number, '\\s', '', 'g')",
    ],
    [
      'no spaces in a vehicle',
      [accept],
      "upper(regexp_replace(p_vehicle_number, '\\s', '', 'g'))",
      'upper(p_vehicle_number)',
    ],
    ['no spaces in a phone', [accept], "regexp_replace(p_driver_phone, '\\s', '', 'g')", 'p_driver_phone'],
  ]),
  ...inFile('helpers/known_truck_request.sql', [
    ['unknown ones', [accept], 'if v_request.order_id is null then', 'if false then'],
    [
      'what is no id',
      [accept],
      "p_truck_request_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[1-9][0-9]{0,2}$'",
      'true',
    ],
    ['the order', [accept], "o.id = split_part(p_truck_request_id, '.', 1)::uuid\n      and ", ''],
    ['the number', [accept], "\n      and t.request_number = split_part(p_truck_request_id, '.', 2)::integer", ''],
  ]),
  ...inFile('helpers/insert_trip.sql', [
    [
      'the vehicle’s own refusal',
      [accept],
      "perform api.refuse_busy(t, 'one_live_trip_per_vehicle', 'vehicle')",
      'perform',
    ],
    [
      'the driver’s own refusal',
      [accept],
      "perform api.refuse_busy(t, 'one_live_trip_per_driver', 'driver')",
      'perform',
    ],
  ]),
  ...inFile('commands/start_trip.sql', [
    ['a started trip stays', [start], "if v_trip.status = 'in_transit' then", 'if false then'],
    ['only an accepted trip', [start], "if v_trip.status <> 'driver_accepted' then", 'if false then'],
    ['not during the search', [start], 'if v_order.is_open then', 'if false then'],
    ['the first puts its order in progress', [start], "and o.status <> 'in_progress';", 'and false;'],
  ]),
  ...inFile('commands/complete_trip.sql', [
    ['a reason', [complete], '  perform api.refuse_blank_reason(p_reason);\n', ''],
    ['a completed trip stays', [complete], "if v_trip.status = 'completed' then", 'if false then'],
    ['the reason is kept', [complete], "'completed', 'completed', p_reason)", "'completed', 'completed')"],
    ['the order is completed', [complete], '  perform api.finish_order(v_trip.customer_id, v_trip.order_id);\n', ''],
  ]),
  ...inFile('helpers/finish_order.sql', [
    ['only when every truck is', [complete], " and t.is_filled and t.status <> 'completed'", ' and false'],
    ['trucks that were given up do not count', [commands], ' and t.is_filled', ''],
    ['only its own trucks', [complete], 't.order_id = o.id and ', ''],
    [
      'only this order',
      [complete],
      'o.customer_id = p_customer_id and o.id = p_order_id and ',
      'o.customer_id = p_customer_id and ',
    ],
    ['only one in progress', [withdraw], " and o.status = 'in_progress'", ''],
  ]),
  ...inFile('commands/withdraw_trip.sql', [
    ['a reason', [withdraw], '  perform api.refuse_blank_reason(p_reason);\n', ''],
    ['a withdrawn trip stays', [withdraw], "if v_trip.status = 'withdrawn' then", 'if false then'],
    ['only an accepted trip', [withdraw], "if v_trip.status <> 'driver_accepted' then", 'if false then'],
  ]),
  ...inFile('helpers/release_truck.sql', [
    ['searching again', [withdraw], 'if api.search_again(p_order) then', 'if false then'],
    [
      'the truck is sought again',
      [withdraw],
      "'withdrawn', 'searching', p_reason",
      "'withdrawn', 'cancelled', p_reason",
    ],
    [
      'the reason, when it searches again',
      [withdraw],
      "'withdrawn', 'searching', p_reason",
      "'withdrawn', 'searching'",
    ],
    [
      'the truck is not sought again',
      [withdraw],
      "'withdrawn', 'cancelled', p_reason",
      "'withdrawn', 'searching', p_reason",
    ],
    ['its own price', [withdraw], ' and t.request_number = p_trip.request_number', ' limit 1'],
    ['the rest may be done', [withdraw], '    perform api.finish_order(p_trip.customer_id, p_trip.order_id);\n', ''],
  ]),
  ...inFile('helpers/search_again.sql', [
    ['not once a trip has started', [withdraw], "p_order.status = 'in_progress' or ", ''],
    ['not after the window', [withdraw], ' or p_order.expires_at <= clock_timestamp()', ''],
    ['not beside another open order', [withdraw], 'if v_other.expires_at > clock_timestamp() then', 'if false then'],
    [
      'only an open order is in the way',
      [withdraw],
      'if v_other.expires_at > clock_timestamp() then',
      'if v_other.id is not null then',
    ],
    [
      'closing the stale order',
      [withdraw],
      '    perform api.close_due_order(v_other.customer_id, v_other.id);\n',
      '    null;\n',
    ],
    ['only the own order is in the way', [withdraw], 'o.customer_id = p_order.customer_id and o.is_open', 'o.is_open'],
    ['another order than itself', [withdraw], ' and o.id <> p_order.id', ''],
    ['one truck fewer', [withdraw], 'o.trucks_filled - 1, status', 'o.trucks_filled, status'],
    [
      'active without any',
      [withdraw],
      "case when o.trucks_filled = 1 then 'active' else 'partially_filled' end",
      "'partially_filled'",
    ],
  ]),
  ...inFile('helpers/shrink_order.sql', [
    ['the last truck ends it', [withdraw], 'if p_order.trucks_filled = 1 then', 'if false then'],
    ['why it ended', [withdraw], ", cancel_reason = 'The transporter withdrew the truck'", ''],
    ['the total shrinks', [withdraw], ', trucks_total = o.trucks_total - 1', ''],
    ['the amount shrinks', [withdraw], ', total_amount = o.total_amount - p_price', ''],
  ]),
  ...inFile('helpers/move_trip.sql', [
    ['the reason', [withdraw], 'end_reason = p_reason', 'end_reason = null'],
    ['when it set off', [start], "case when p_status = 'in_transit' then v_now else t.started_at end", 't.started_at'],
    ['when it ended', [complete], "case when p_status <> 'in_transit' then v_now end", 't.ended_at'],
    ['its truck request', [complete], 'set status = p_request_status, updated_at', 'set updated_at'],
    ['its truck request alone', [complete], ' and t.request_number = p_trip.request_number;', ';'],
    ['the trip alone', [complete], ' and t.id = p_trip.id', ''],
  ]),
  ...['move_trip', 'release_truck'].flatMap((helper) =>
    inFile(`helpers/${helper}.sql`, [['the customer', [oneCustomer], 't.customer_id = p_trip.customer_id and ', '']]),
  ),
  ...['search_again', 'shrink_order'].flatMap((helper) =>
    inFile(`helpers/${helper}.sql`, [
      [
        'the customer',
        [oneCustomer],
        'where o.customer_id = p_order.customer_id and o.id = p_order.id',
        'where o.id = p_order.id',
      ],
    ]),
  ),
  ...inFile('helpers/shrink_order.sql', [
    [
      'the customer of what shrinks',
      [oneCustomer],
      'total_amount - p_price\n    where o.customer_id = p_order.customer_id and ',
      'total_amount - p_price\n    where ',
    ],
  ]),
  ...inFile('helpers/write_cancel.sql', [
    [
      'the customer of the trips',
      [oneCustomer],
      't.customer_id = v_order.customer_id and t.order_id = v_order.id and t.is_live',
      't.order_id = v_order.id and t.is_live',
    ],
  ]),
  ...inFile('commands/start_trip.sql', [
    ['the customer', [oneCustomer], 'o.customer_id = v_order.customer_id and ', ''],
  ]),
  ...inFile('guards/trip_event_is_recorded.sql', [
    [
      'the customer',
      [oneCustomer],
      '  where o.customer_id = new.customer_id and o.id = new.order_id;\n  return',
      '  where o.id = new.order_id;\n  return',
    ],
  ]),
  ...inFile('helpers/known_trip.sql', [
    ['unknown trips', [start], 'if v_trip.id is null then', 'if false then'],
    ['the trip', [start], ' where t.id = p_trip_id', ' limit 1'],
  ]),
  ...inFile('helpers/lock_trip.sql', [['the trip', [start], ' and t.id = p_trip.id', ' order by t.id desc limit 1']]),
  ...inFile('helpers/refuse_blank_reason.sql', [
    ['blanks', [complete], "!~ '\\S'", "= ''"],
    ['none at all', [complete], "coalesce(p_reason, '')", 'p_reason'],
  ]),
  ...inFile('commands/cancel_search.sql', [
    ['no truck is assigned', [cancelSearch], 'v_order.trucks_filled > 0', 'false'],
    ['only of an order that is not over', [cancelSearch], 'v_order.is_live and ', ''],
    [
      'the reason',
      [cancelSearch],
      'api.cancel_order(p_customer_id, p_order_id, p_reason)',
      'api.cancel_order(p_customer_id, p_order_id)',
    ],
  ]),
  ...inFile('commands/dispute_cancel.sql', [
    ['only a known order', [dispute], 'api.known_order(p_customer_id, p_order_id)', 'row(p_customer_id, p_order_id)'],
    ['other words are added', [dispute], 'else n.both end', 'else d.notes end'],
    [
      'the same words are not',
      [dispute],
      "position(e'\\n' || excluded.notes || e'\\n' in e'\\n' || d.notes || e'\\n') > 0",
      'false',
    ],
    [
      'the same words, by whole lines',
      [dispute],
      "position(e'\\n' || excluded.notes || e'\\n' in e'\\n' || d.notes || e'\\n') > 0",
      'position(excluded.notes in d.notes) > 0',
    ],
    ['no room', [dispute, 'test/rest/cancel-with-trucks'], ' or length(n.both) > 2000', ''],
    ['room to the last character', [dispute], 'length(n.both) > 2000', 'length(n.both) >= 2000'],
    ['no empty line', [dispute], "nullif(d.notes, '')", 'd.notes'],
    ['no empty words', [dispute], "nullif(excluded.notes, '')", 'excluded.notes'],
  ]),
  ...inFile('queries/open_truck_requests.sql', [
    ['only open orders', [queries], 'o.is_open and ', ''],
    ['until expires_at', [queries], ' and o.expires_at > statement_timestamp()', ''],
    ['only what is sought', [queries], " and t.status = 'searching'", ''],
    [
      'the type',
      [queries],
      'p_vehicle_type is null or api.vehicle_key(t.vehicle_type) = api.vehicle_key(p_vehicle_type)',
      'true',
    ],
    [
      'the subtype',
      [queries],
      'p_vehicle_subtype is null or api.vehicle_key(t.vehicle_subtype) = api.vehicle_key(p_vehicle_subtype)',
      'true',
    ],
    ['no type is every type', [queries], 'p_vehicle_type is null or ', ''],
    ['no subtype is every subtype', [queries], 'p_vehicle_subtype is null or ', ''],
    ['newest first', [queries], 'o.expires_at desc', 'o.expires_at'],
    ['by number', [queries], ', t.request_number\n  limit', ', t.request_number desc\n  limit'],
    ['the page', [queries], ' offset p_offset', ''],
    ['its size', [queries], 'limit p_limit ', ''],
    ['50', [queries], 'p_limit integer default 50', 'p_limit integer default 60'],
    ['the customer', [queries], 't.customer_id = o.customer_id and ', ''],
  ]),
  ...inFile('helpers/vehicle_key.sql', [
    ['case', [helpers], 'lower(p_name)', 'p_name'],
    ['spaces', [helpers], "regexp_replace(lower(p_name), '\\s', '', 'g')", 'lower(p_name)'],
    [
      'feet',
      [helpers],
      "replace(regexp_replace(lower(p_name), '\\s', '', 'g'), 'feet', 'ft')",
      "regexp_replace(lower(p_name), '\\s', '', 'g')",
    ],
  ]),
  ...inFile('views/trips.sql', [
    ['only live ones are stuck', [views], 't.is_live and coalesce', 'coalesce'],
    ['it moved when it started', [views], 'coalesce(t.started_at, t.created_at)', 't.created_at'],
    ['the alarm', [views], '(select s.trip_alarm from app.settings s)', "interval '24 hours'"],
    ['the truck request', [views], ' and r.request_number = t.request_number', ''],
    ['the customer', [views], 'r.customer_id = t.customer_id and ', ''],
  ]),
  ...inFile('views/stuck_trips.sql', [['only what is stuck', [views], '\nwhere t.is_stuck', '']]),

  ...[
    ['one_live_trip_per_vehicle', 'vehicle_number'],
    ['one_live_trip_per_driver', 'driver_phone'],
    ['one_trip_per_truck_request', 'customer_id, order_id, request_number'],
  ].flatMap(([index = '', key = '']) => [
    withSql(`the index ${index}`, [guards], `drop index app.${index}`),
    withSql(
      `${index} lets what has ended be`,
      [guards],
      `drop index app.${index}; create unique index ${index} on app.trips (${key})`,
    ),
  ]),
  withSql(
    'one_live_trip_per_vehicle across customers',
    [guards],
    'drop index app.one_live_trip_per_vehicle; create unique index one_live_trip_per_vehicle on app.trips (customer_id, vehicle_number) where is_live',
  ),
  withSql(
    'one_live_trip_per_driver across customers',
    [guards],
    'drop index app.one_live_trip_per_driver; create unique index one_live_trip_per_driver on app.trips (customer_id, driver_phone) where is_live',
  ),
  withSql(
    'a trip on the road is live',
    [guards],
    "alter table app.trips alter column is_live set expression as (status = 'driver_accepted')",
  ),
  withSql(
    'a completed trip fills its truck request',
    [guards],
    "alter table app.trips alter column fills_request set expression as (status in ('driver_accepted', 'in_transit'))",
  ),
  ...[
    'trip_starts_accepted',
    'trip_move_is_legal',
    'trip_event_is_recorded',
    'trip_agrees_with_its_truck_request',
    'trip_facts_never_change',
  ].map((guard) => withSql(`the guard ${guard}`, [`${guards}trip_`], `drop trigger ${guard} on app.trips`)),
  withSql(
    'the guard truck_request_move_is_legal',
    [guards],
    'drop trigger truck_request_move_is_legal on app.truck_requests',
  ),
  ...inFile('guards/trip_move_is_legal.sql', [
    ['accepted to in_transit', [start], "    ('driver_accepted', 'in_transit'),\n", ''],
    ['accepted to withdrawn', [withdraw], "    ('driver_accepted', 'withdrawn'),\n", ''],
    ['accepted to cancelled', [cancel], "    ('driver_accepted', 'cancelled'),\n", ''],
    [
      'no way back',
      [guards],
      "    ('in_transit', 'completed')))",
      "    ('in_transit', 'completed'), ('withdrawn', 'driver_accepted')))",
    ],
    ['what is no move', [guards], 'old.status <> new.status and ', ''],
  ]),
  ...inFile('guards/trip_agrees_with_its_truck_request.sql', [
    ...[
      "('driver_accepted', 'assigned')",
      "('in_transit', 'in_progress')",
      "('completed', 'completed')",
      "('withdrawn', 'searching')",
      "('withdrawn', 'cancelled')",
    ].map((pair): Change => [`lets be ${pair}`, [agrees], `    ${pair},\n`, '']),
    ['lets be cancelled with its truck', [agrees], ",\n    ('cancelled', 'cancelled'))", ')'],
    [
      'nothing else',
      [agrees],
      "    ('withdrawn', 'searching'),\n",
      "    ('withdrawn', 'searching'),\n    ('withdrawn', 'assigned'),\n",
    ],
    ['an acceptance', [agrees], 'after insert or update of status', 'after update of status'],
    ['a move', [agrees], 'after insert or update of status', 'after insert'],
    [
      'its own truck request',
      [agrees],
      ' and t.request_number = new.request_number',
      ' order by t.request_number limit 1',
    ],
  ]),
  ...inFile('guards/trip_facts_never_change.sql', [
    ...['customer_id', 'order_id', 'id', 'request_number', 'transporter_id', 'created_at'].map(
      (column): Change => [
        column,
        [facts],
        fieldsOf('new', tripFacts),
        fieldsOf('new', tripFacts).replace(new RegExp(`new\\.${column}\\b`), `old.${column}`),
      ],
    ),
    ...['vehicle_number', 'started_at', 'ended_at'].map(
      (column): Change => [
        `${column} of what has ended`,
        [facts],
        fieldsOf('new', tripEnd),
        fieldsOf('new', tripEnd).replace(`new.${column}`, `old.${column}`),
      ],
    ),
    ['the vehicle only of what has ended', [facts], 'not old.is_live and ', ''],
  ]),
  ...inFile('guards/truck_request_move_is_legal.sql', [
    [
      'a clock never takes a promised truck',
      [guards],
      "    ('assigned', 'cancelled'),\n",
      "    ('assigned', 'cancelled'),\n    ('assigned', 'expired'),\n",
    ],
    ['a promised truck may be sought again', [guards], "    ('assigned', 'searching'),\n", ''],
    [
      'what is over stays',
      [guards],
      "    ('in_progress', 'completed')))",
      "    ('in_progress', 'completed'), ('expired', 'searching')))",
    ],
    ['what is no move', [guards], 'old.status <> new.status and ', ''],
  ]),
  ...inFile('guards/trip_event_is_recorded.sql', [
    [
      'the order’s lock first',
      [tripEvent],
      '  perform from app.orders o where o.customer_id = new.customer_id and o.id = new.order_id for no key update;\n',
      '',
    ],
    [
      'only moves',
      [tripEvent],
      "if tg_op = 'UPDATE' and old.status is not distinct from new.status then",
      'if false then',
    ],
    ['every move', [tripEvent], 'after insert or update of status', 'after insert'],
    ['every acceptance', [tripEvent], 'after insert or update of status', 'after update of status'],
    ['the reason', [tripEvent], 'new.end_reason, coalesce', 'null, coalesce'],
    ['when', [tripEvent], 'coalesce(new.ended_at, new.started_at, new.created_at)', 'clock_timestamp()'],
    ['the order’s counts', [tripEvent], 'o.trucks_filled, o.trucks_total, new.id', '0, 0, new.id'],
    [
      'its own order',
      [tripEvent],
      '  where o.customer_id = new.customer_id and o.id = new.order_id;\n  return',
      '  where o.customer_id = new.customer_id;\n  return',
    ],
  ]),

  ...[
    ['a table for support', 'grant select on app.orders to weelo_support'],
    ['a transporter’s command for admins', 'grant execute on function api.accept_truck_request to weelo_admin'],
    ['who is stuck for support', 'grant select on api.stuck_trips to weelo_support'],
    ['a column for admins', 'grant select (content_hash) on app.orders to weelo_admin'],
    ['the schema of the tables for an operator', 'grant usage on schema app to weelo_operator'],
    ['the schema of the worker for a reader', 'grant usage on schema graphile_worker to weelo_reader'],
    ['a table of the worker for admins', 'grant select on all tables in schema graphile_worker to weelo_admin'],
    ['a command for support', 'grant execute on function api.expire_due_orders to weelo_support'],
    ['a command for a reader', 'grant execute on function api.change_settings to weelo_reader'],
    [
      'a command for the login of the admin listener',
      'grant execute on function api.cancel_order_by_id to weelo_graphql',
    ],
    ['a helper for everybody', 'grant execute on function api.lock_order to public'],
    ['a view that can be written through', 'grant update on api.settings to weelo_admin'],
    ['a sequence for an operator', 'grant usage on sequence app.order_events_id_seq to weelo_operator'],
    ['a new view', 'create view api.stranger as select 1 as one; grant select on api.stranger to weelo_support'],
    [
      'a new function',
      "create function api.stranger() returns integer language sql as 'select 1'; grant execute on function api.stranger to weelo_admin",
    ],
    ['a new table for a reader', 'create table app.stranger (x integer); grant select on app.stranger to weelo_reader'],
    [
      'a new column of a view',
      `do $$ begin execute 'create or replace view api.orders as ' ||
         replace(pg_get_viewdef('api.orders'), 'FROM app.orders o', ', o.idempotency_key FROM app.orders o'); end $$`,
    ],
  ].map(([rule = '', sql = '']) => withSql(`nobody has more: ${rule}`, [roles], sql)),
  ...[
    ['a view', 'revoke select on api.order_events from weelo_support'],
    ['a function that a view calls', 'revoke execute on function api.status_at from weelo_support'],
    ['a command', 'revoke execute on function api.create_order from weelo_operator'],
    ['a command for stuck trips', 'revoke execute on function api.withdraw_trip from weelo_admin'],
    ['the trips', 'revoke select on api.trips from weelo_support'],
    ['a table', 'revoke select on app.sweeps from weelo_reader'],
    ['the rights of its owner, for a view', 'alter view api.orders set (security_invoker = true)'],
    ['the rights of its owner, for a function that a view calls', 'alter function api.order_at security invoker'],
    ['the rights of its owner, for a query', 'alter function api.order_timeline security invoker'],
    ['a command for a dispute', 'revoke execute on function api.dispute_cancel from weelo_operator'],
    ['the rights of its owner, for a dispute', 'alter function api.dispute_cancel security invoker'],
    ['the rights of its owner, for a command', 'alter function api.change_settings security invoker'],
  ].map(([rule = '', sql = '']) => withSql(`everybody has theirs: ${rule}`, [roles], sql)),

  ...inFile('rest/created_order_json.sql', [
    [
      'a countdown of at least 1',
      [restCreate],
      'greatest(1, api.seconds_left(p_order, p_at))',
      'api.seconds_left(p_order, p_at)',
    ],
  ]),
  ...inFile('rest/stops.sql', [['only STOP points', [restCreate], "\n  where p.point->>'type' = 'STOP'", '']]),
  ...inFile('rest/create_order.sql', [
    ['is_replay', [restCreate], 'v_order.id <> v_new_id', 'false'],
    ['the customer as the actor', ['test/rest/'], "  perform set_config('app.actor', 'customer', true);\n", ''],
    [
      'goods by default',
      [restCreate],
      "coalesce(p_body->>'goodsType', 'General')",
      "coalesce(p_body->>'goodsType', '-')",
    ],
    ['the key', [restCreate], 'p_idempotency_key => p_idempotency_key', 'p_idempotency_key => null'],
  ]),
  ...inFile('rest/cancel_order.sql', [
    ['the customer as the actor', [restRead], "  perform set_config('app.actor', 'customer', true);\n", ''],
    ['the reason without blanks', [restRead], "nullif(btrim(p_reason), '')", 'p_reason'],
    ['when', ['test/rest/'], "'cancelledAt', case when", "'cancelledAt', case when false and"],
  ]),
  ...inFile('rest/cancel_preview.sql', [['the decision', [restRead], 'api.is_cancellable(v_order)', 'true']]),
  ...inFile('rest/order_status.sql', [['isActive', [restRead], 'v_status.is_live', 'v_status.is_open']]),
  ...inFile('rest/reason_code.sql', [['only of an expired order', [restRead], "p_status = 'expired'", 'true']]),
  ...inFile('rest/list_orders.sql', [
    ['the customer’s total', [restRead], ' where o.customer_id = p_customer_id', ''],
    ['pages', [restRead], '(p_page - 1) * p_limit', '0'],
    ['hasMore', [restRead], 'v_total > v_offset + p_limit', 'true'],
  ]),

  withSql('the index one_live_trip_per_vehicle, by races', [accepts], 'drop index app.one_live_trip_per_vehicle'),
  withSql('the index one_live_trip_per_vehicle, staged', [stagedTrips], 'drop index app.one_live_trip_per_vehicle'),
  withSql('the index one_live_trip_per_driver, by races', [accepts], 'drop index app.one_live_trip_per_driver'),
  withSql(
    'the index one_active_order_per_customer, by interleaved trips',
    [interleavingsOfTrips],
    'drop index app.one_active_order_per_customer',
  ),
  withSql(
    'the guard trip_event_is_recorded, by interleaved trips',
    [interleavingsOfTrips],
    'drop trigger trip_event_is_recorded on app.trips',
  ),
  ...inFile('helpers/lock_order.sql', [
    ['for update, by races of trips', [accepts], '\n  for update;', ';'],
    ['for update, by staged trips', [stagedTrips], '\n  for update;', ';'],
    ['for update, by interleaved trips', [interleavingsOfTrips], '\n  for update;', ';'],
  ]),
  ...inFile('commands/withdraw_trip.sql', [
    ['another order meanwhile', [stagedTrips], ' or unique_violation', ''],
    ['another order meanwhile, by interleavings', [interleavingsOfTrips], ' or unique_violation', ''],
    ['judging once more', [stagedTrips], '1..2', '1..1'],
    ['another order meanwhile, by its rule', [stagedTrips], ", 'one_active_order_per_customer')", ')'],
    ['the end of the search meanwhile', [accepts], "('order_move_is_legal', ", '('],
    [
      'nothing else is judged once more',
      [withdraw],
      "v_rule not in ('order_move_is_legal', 'one_active_order_per_customer')",
      'false',
    ],
  ]),
  ...inFile('commands/cancel_search.sql', [
    [
      'the lock',
      [accepts],
      'api.lock_unless_over(p_customer_id, p_order_id)',
      'api.known_order(p_customer_id, p_order_id)',
    ],
  ]),
  ...inFile('helpers/lock_unless_over.sql', [
    ['what is over waits for nobody', [stagedTrips], 'if not v_stored.is_live then', 'if false then'],
    ['what is over burns no transaction id', ['test/races/refusals'], 'if not v_stored.is_live then', 'if false then'],
    [
      'what is merely due is not over',
      [stagedTrips],
      'if not v_stored.is_live then',
      'if not (api.order_at(v_stored, clock_timestamp())).is_live then',
    ],
    ['only a known order', [cancel], 'if v_stored.id is null then', 'if false then'],
    ['the lock', [staged, interleavings], 'return api.lock_order(p_customer_id, p_order_id)', 'return v_stored'],
  ]),
  ...inFile('helpers/insert_trip.sql', [
    ['on conflict do nothing, by races', [accepts], '    on conflict do nothing\n', ''],
  ]),
  ...inFile('helpers/write_cancel.sql', [
    ['the trips, by interleavings', [interleavingsOfTrips], 'if v_order.trucks_filled > 0 then', 'if false then'],
  ]),
  ...['trips_by_vehicle_number', 'trips_by_driver_phone', 'disputes_by_created_at'].map((index) =>
    withSql(`the index ${index}`, ['test/catalog/plans'], `drop index app.${index}`),
  ),
  withSql(
    'the ids of disputes differ at once',
    [dispute],
    'alter table app.disputes alter column id set default app.uuid_v7()',
  ),
  ...inFile('guards/trip_event_is_recorded.sql', [
    ['the order’s lock, as phones see it', [feed], ' for no key update;', ';'],
  ]),
  ...inFile('rest/live_events.sql', [
    ['only what is new', [feed], ' and e.id > k.after_id\n        order by', '\n        order by'],
    [
      'of this order',
      [feed],
      'e.order_id = k.order_id and e.id > k.after_id\n        order by',
      'e.id > k.after_id\n        order by',
    ],
    ['what is due', [feed], '(o.is_open and o.expires_at <= clock_timestamp())', '(o.is_open and false)'],
    ['what is not yet due', [feed], ' and o.expires_at <= clock_timestamp())', ')'],
    ['what is over', [orderEvents], '(not o.is_live and not exists', '(false and not exists'],
    [
      'what is not yet told',
      [orderEvents],
      '\n          where e.customer_id = k.customer_id and e.order_id = k.order_id and e.id > k.after_id',
      '\n          where false',
    ],
  ]),
  ...inFile('rest/close_due_orders.sql', [
    ['skip locked', [feed], ' skip locked', ''],
    ['closing', [feed], 'perform api.close_due_order(v_order.customer_id, v_order.id)', 'null'],
  ]),
  ...inFile('rest/joined_order.sql', [
    ['how the order stands', [sockets], 'max(e.id) - 1', 'max(e.id)'],
    [
      'the move of the order',
      [sockets],
      ' and e.from_status is distinct from e.to_status',
      ' and e.from_status is null',
    ],
    [
      'only the own order',
      [sockets],
      'v_order app.orders := api.known_order(p_customer_id, p_order_id)',
      'v_order app.orders := (select o from app.orders o where o.id = p_order_id)',
    ],
  ]),
  ...inFile('rest/newer_orders.sql', [
    ['of this customer', [sockets], 'n.customer_id = k.customer_id and n.id', 'n.id'],
    ['the newest', [newerOrders], 'order by n.id desc', 'order by n.id'],
    ['of this customer, by itself', [newerOrders], 'n.customer_id = k.customer_id and n.id', 'n.id'],
    ['five', [newerOrders], 'limit 5', 'limit 6'],
    ['not only four', [newerOrders], 'limit 5', 'limit 4'],
    ['newer than the known one', [newerOrders], ' and n.id > k.order_id\n', '\n'],
    ['an older one that searches again', [newerOrders], 'n.is_open and n.id < k.order_id', 'false'],
    ['an older one only of this customer', [newerOrders], 'n.customer_id = k.customer_id and n.is_open', 'n.is_open'],
    ['an older one only while it searches', [newerOrders], ' and n.is_open and', ' and'],
    ['an older one once', [newerOrders], ' and n.id < k.order_id', ''],
    ['the last event of this customer’s', [newerOrders], 'e.customer_id = o.customer_id and ', ''],
    ['the last event of this order', [newerOrders], ' and e.order_id = o.id', ''],
  ]),
  ...inFile('rest/live_messages.sql', [
    ['for the customer', [sockets], "m.name = 'booking_fully_filled'", 'false'],
    ['for the customer only what is', [sockets], "m.name = 'booking_fully_filled'", 'true'],
    ['nothing that is null', [sockets], 'json_strip_nulls((m.data', '((m.data'],
    ['both names of the order', [sockets], "'bookingId', p_event.order_id, ", ''],
    ['a trip is accepted', [sockets], "p_event.trip_status = 'driver_accepted'", 'false'],
    ['a trip moves', [sockets], "p_event.trip_status <> 'driver_accepted'", 'false'],
    ['only an expired order expires', [sockets], "where p_event.to_status = 'expired'", 'where true'],
    ['only a cancelled order is cancelled', [sockets], " and p_event.to_status = 'cancelled'", ''],
    ['fully filled', [sockets], " and p_event.to_status = 'fully_filled') m", ') m'],
    [
      'the counts',
      [sockets],
      "'trucksNeeded', p_event.trucks_total, 'trucksFilled'",
      "'trucksNeeded', 0, 'trucksFilled'",
    ],
  ]),
]
