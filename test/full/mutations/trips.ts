// What accepts, starts, completes and withdraws a trip.
import { accept, commands, complete, inFile, type Mutations, oneCustomer, start, withdraw } from './kit.ts'

export const trips: Mutations = [
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
]
