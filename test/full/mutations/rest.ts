// The phones' dialect, and what they hear.
import { feed, inFile, type Mutations, newerOrders, orderEvents, restCreate, restRead, sockets } from './kit.ts'

export const rest: Mutations = [
  ...inFile('rest/stops.sql', [['only STOP points', [restCreate], "\n  where p.point->>'type' = 'STOP'", '']]),
  ...inFile('rest/create_order.sql', [
    [
      'a countdown of at least 1',
      [restCreate],
      'greatest(1, api.seconds_left(v_order, v_now))',
      'api.seconds_left(v_order, v_now)',
    ],
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
