// The indexes and guards of trips and truck requests.
import {
  agrees,
  type Change,
  cancel,
  facts,
  fieldsOf,
  guards,
  inFile,
  type Mutations,
  start,
  tripEvent,
  withdraw,
  withSql,
} from './kit.ts'

/** What trip_facts_never_change keeps, and what of it only once the trip has ended. */
const tripFacts = ['customer_id', 'order_id', 'id', 'request_number', 'transporter_id', 'created_at']
const tripEnd = 'new.vehicle_number, new.started_at, new.ended_at'

export const tripRules: Mutations = [
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
        tripEnd,
        tripEnd.replace(`new.${column}`, `old.${column}`),
      ],
    ),
    ['the reason of what has ended', [facts], 'coalesce(new.end_reason, old.end_reason)', 'old.end_reason'],
    ['a reason may become blank', [facts], 'coalesce(new.end_reason, old.end_reason)', 'new.end_reason'],
    ['the vehicle only of what has ended', [facts], 'not old.is_live and ', ''],
  ]),
  ...inFile('guards/truck_request_move_is_legal.sql', [
    [
      'a clock never takes a promised truck',
      [guards],
      '    assigned > cancelled,\n',
      '    assigned > cancelled,\n    assigned > expired,\n',
    ],
    ['a promised truck may be sought again', [guards], '    assigned > searching,\n', ''],
    [
      'what is over stays',
      [guards],
      "    in_progress > completed}'",
      "    in_progress > completed, expired > searching}'",
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
]
