// What finds, cancels, disputes and lists around trips.
import {
  cancelSearch,
  complete,
  dispute,
  erasing,
  guards,
  helpers,
  inFile,
  type Mutations,
  oneCustomer,
  queries,
  start,
  views,
  withSql,
} from './kit.ts'

export const aroundTrips: Mutations = [
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
    [
      'the order is locked before its dispute',
      [erasing],
      '  perform from app.orders o where o.customer_id = v_order.customer_id and o.id = v_order.id for share;\n',
      '',
    ],
    [
      'other words are added',
      [dispute],
      "else d.notes || case when d.notes <> '' and excluded.notes <> '' then e'\\n' else '' end || excluded.notes end",
      'else d.notes end',
    ],
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
    [
      'no room',
      [dispute, 'test/rest/cancel-with-trucks'],
      "\n      or length(d.notes || excluded.notes) + (d.notes <> '' and excluded.notes <> '')::integer > 2000",
      '',
    ],
    ['room to the last character', [dispute], '::integer > 2000', '::integer >= 2000'],
    ['no empty line', [dispute], "case when d.notes <> '' and", 'case when'],
    ['no empty words', [dispute], " and excluded.notes <> '' then", ' then'],
  ]),
  ...inFile('queries/open_truck_requests.sql', [
    ['only open orders', [queries], 'o.is_open and ', ''],
    ['until expires_at', [queries], ' and o.expires_at > statement_timestamp()', ''],
    ['only what is sought', [queries], " and t.status = 'searching'", ''],
    [
      'the type',
      [queries],
      'coalesce(api.vehicle_key(t.vehicle_type) = api.vehicle_key(p_vehicle_type), true)',
      'true',
    ],
    [
      'the subtype',
      [queries],
      'coalesce(api.vehicle_key(t.vehicle_subtype) = api.vehicle_key(p_vehicle_subtype), true)',
      'true',
    ],
    [
      'no type is every type',
      [queries],
      'api.vehicle_key(p_vehicle_type), true)',
      'api.vehicle_key(p_vehicle_type), false)',
    ],
    [
      'no subtype is every subtype',
      [queries],
      'api.vehicle_key(p_vehicle_subtype), true)',
      'api.vehicle_key(p_vehicle_subtype), false)',
    ],
    [
      'stops at the end of the page of a type',
      [queries],
      'coalesce(api.vehicle_key(t.vehicle_type) = api.vehicle_key(p_vehicle_type), true)',
      '(p_vehicle_type is null or api.vehicle_key(t.vehicle_type) = api.vehicle_key(p_vehicle_type))',
    ],
    [
      'stops at the end of the page of a subtype',
      [queries],
      'coalesce(api.vehicle_key(t.vehicle_subtype) = api.vehicle_key(p_vehicle_subtype), true)',
      '(p_vehicle_subtype is null or api.vehicle_key(t.vehicle_subtype) = api.vehicle_key(p_vehicle_subtype))',
    ],
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
]
