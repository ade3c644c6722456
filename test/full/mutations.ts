// Every rule of sql/ that can be taken away by one change of text, and the files whose tests should miss it.
import type { Mutation } from '../support/mutation.ts'

const create = 'test/commands/create_order'
const cancel = 'test/commands/cancel_order'
const commands = 'test/commands/'
const helpers = 'test/helpers/'
const guards = 'test/guards/'
const queries = 'test/queries/'
const views = 'test/views/'
const roles = 'test/catalog/roles'
const sweeps = 'test/sweeps/'
const staged = 'test/races/staged'
const interleavings = 'test/races/interleavings'
const churn = 'test/races/churn'
const restCreate = 'test/rest/create-order'
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
    [
      'the lock',
      [staged, interleavings],
      '      v_order := api.lock_order(p_customer_id, p_order_id);\n',
      '      null;\n',
    ],
  ]),
  ...inFile('helpers/write_cancel.sql', [
    ['the truck requests', [cancel], "t.status in ('searching', 'assigned')", 'false'],
    ['assigned trucks too', [cancel], "in ('searching', 'assigned')", "in ('searching')"],
    ['closed truck requests stay', [commands, helpers], " and t.status in ('searching', 'assigned')", ''],
    ['the reason', [cancel], 'cancel_reason = p_reason', 'cancel_reason = null'],
    ['the customer of the order', [commands, helpers], 'o.customer_id = p_order.customer_id and ', ''],
    ['the customer of the trucks', [commands, helpers], 't.customer_id = v_order.customer_id and ', ''],
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
      "case when old.is_open and new.updated_at = old.expires_at then 'clock' else v_actor end",
      'v_actor',
    ],
    ['only the end of a search is the clock’s', [guards], ' and new.updated_at = old.expires_at', ''],
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
    ['every move', [guards], 'after insert or update of status', 'after insert'],
    ['every creation', [guards], 'after insert or update of status', 'after update of status'],
    ['only moves', [guards], 'elsif old.status is distinct from new.status then', 'else'],
    ['the reason', [cancel], 'new.cancel_reason, new.updated_at', 'null, new.updated_at'],
    ['when it became true', [sweeps], 'new.cancel_reason, new.updated_at', 'new.cancel_reason, clock_timestamp()'],
    [
      'the creation',
      [guards],
      'values (new.customer_id, new.id, new.status, v_actor, new.created_at);',
      'select new.customer_id, new.id, new.status, v_actor, new.created_at where false;',
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
  ...inFile('views/settings.sql', [['what is stored', [views], 's.creates_per_minute', '10 as creates_per_minute']]),

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
      'what the index is',
      [queries],
      `i.indisvalid and pg_get_indexdef(i.indexrelid) =
        'CREATE UNIQUE INDEX one_active_order_per_customer ON app.orders USING btree (customer_id) WHERE is_open'`,
      'i.indisvalid',
    ],
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
    [
      'what is true then',
      [commands],
      'returning s.search_window, s.creates_per_minute',
      'returning s.search_window, 1',
    ],
  ]),
  ...['search_window_is_1_s_to_1_h', 'creates_per_minute_is_positive'].map((rule) =>
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

  ...[
    ['a table for support', 'grant select on app.orders to weelo_support'],
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
    ['a table', 'revoke select on app.sweeps from weelo_reader'],
    ['the rights of its owner, for a view', 'alter view api.orders set (security_invoker = true)'],
    ['the rights of its owner, for a function that a view calls', 'alter function api.order_at security invoker'],
    ['the rights of its owner, for a query', 'alter function api.order_timeline security invoker'],
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
]
