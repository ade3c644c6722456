// The indexes and guards of orders and settings.
import {
  type Change,
  cancel,
  churn,
  create,
  fieldsOf,
  guards,
  inFile,
  type Mutations,
  queries,
  restRead,
  staged,
  sweeps,
  withSql,
} from './kit.ts'

/** What order_move_is_legal compares with what the clock has made of an order. */
const made = ['status', 'created_at', 'expires_at', 'trucks_requested', 'trucks_filled', 'trucks_total', 'total_amount']
const madeByClock = `(new.status, new.created_at, new.expires_at, new.trucks_requested, new.trucks_filled, new.trucks_total, new.total_amount)
      is not distinct from (v_true.status, v_true.created_at, v_true.expires_at, v_true.trucks_requested,
        v_true.trucks_filled, v_true.trucks_total, v_true.total_amount)`
/** What makes it look at an update at all. */
const looked = `${fieldsOf('old', made)}
    is not distinct from
    ${fieldsOf('new', made)}`
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
/** What of it may become blank. */
const finalReason = 'coalesce(new.cancel_reason, old.cancel_reason)'
const compared = `${fieldsOf('old', [...final, 'cancel_reason'])}
    is distinct from
    ${fieldsOf('new', final).slice(0, -1)}, ${finalReason})`

export const orderRules: Mutations = [
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
  ...[
    'order_starts_active',
    'order_move_is_legal',
    'closed_order_never_changes',
    'order_event_is_recorded',
    'order_move_is_recorded',
  ].map((guard) => withSql(`the guard ${guard}`, [guards], `drop trigger ${guard} on app.orders`)),
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
    ...made.map(
      (column): Change => [
        `a look at ${column}`,
        [guards],
        looked,
        `${fieldsOf('old', made, column)} is not distinct from ${fieldsOf('new', made, column)}`,
      ],
    ),
  ]),
  ...inFile('guards/order_move_is_recorded.sql', [
    [
      'the clock as the actor',
      [guards],
      "case when o.is_open and n.updated_at = o.expires_at then 'clock' else api.event_actor() end",
      'api.event_actor()',
    ],
    ['only the end of a search is the clock’s', [guards], ' and n.updated_at = o.expires_at', ''],
    ['only moves', [guards], 'where o.status is distinct from n.status', 'where true'],
    [
      'each order by itself',
      [guards],
      'n.customer_id = o.customer_id and n.id = o.id',
      'n.customer_id = o.customer_id',
    ],
    ['the reason', [cancel], 'n.cancel_reason, n.updated_at', 'null, n.updated_at'],
    ['when it became true', [sweeps], 'n.cancel_reason, n.updated_at', 'n.cancel_reason, clock_timestamp()'],
  ]),
  ...inFile('guards/order_event_is_recorded.sql', [
    ['when it was created', [guards], 'api.event_actor(), new.created_at);', 'api.event_actor(), clock_timestamp());'],
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
  ...inFile('guards/closed_order_never_changes.sql', [
    ['the reason of a cancel', [guards], finalReason, 'old.cancel_reason'],
    ['a reason may become blank', ['test/commands/erase_customer'], finalReason, 'new.cancel_reason'],
    ['only of what is over', ['test/commands'], 'when (not old.is_live)', 'when (true)'],
    ...final.map(
      (column): Change => [
        `the ${column}`,
        [guards],
        compared,
        // the reason stays compared, since the same test looks at it
        `${fieldsOf('old', [...final, 'cancel_reason'], column)} is distinct from ${fieldsOf('new', final, column).slice(0, -1)}, ${finalReason})`,
      ],
    ),
  ]),
]
