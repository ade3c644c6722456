// Every rule of sql/ that can be taken away by one change of text, and the files whose tests should miss it.
import type { Mutation } from '../support/mutation.ts'

const create = 'test/commands/create_order'
const cancel = 'test/commands/cancel_order'
const commands = 'test/commands/'
const helpers = 'test/helpers/'
const guards = 'test/guards/'
const queries = 'test/queries/'
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

  ...inFile('queries/active_order.sql', [
    ['is_open', [queries], 'o.is_open and ', ''],
    ['expires_at', [queries], ' and o.expires_at > clock_timestamp()', ''],
    ['expires_at, by churn', [churn], ' and o.expires_at > clock_timestamp()', ''],
    ['the customer', [queries], ofCustomer, ''],
  ]),
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
      "case when t.status = 'searching' and not p_order.is_open then 'expired' else t.status end",
      't.status',
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
