// What pages can be filtered by. A filter whose value is null is none, as if it had not been written.
import { type PgCodec, TYPES } from 'postgraphile/@dataplan/pg'
import { type SQL, sql } from 'postgraphile/pg-sql2'
import { addPgTableCondition } from 'postgraphile/utils'

type Condition = Parameters<NonNullable<Parameters<typeof addPgTableCondition>[3]>>[1] & { value: SQL }
type Filter = [
  name: string,
  type: 'UUID' | 'String' | 'Boolean' | 'Datetime' | 'OrderStatus',
  description: string,
  holds: (condition: Condition) => SQL,
]

const codecs: Record<Filter[1], PgCodec> = {
  UUID: TYPES.uuid,
  String: TYPES.text,
  Boolean: TYPES.boolean,
  Datetime: TYPES.timestamptz,
  OrderStatus: TYPES.text,
}

const equals =
  (column: string): Filter[3] =>
  ({ sqlTableAlias, value }) =>
    sql`${sqlTableAlias}.${sql.identifier(column)} = ${value}`

/** As api.accept_truck_request stores it. */
const withoutSpaces = (value: SQL) => sql`regexp_replace(${value}, '[[:space:]]', '', 'g')`

type Table = 'orders' | 'truck_requests' | 'order_events' | 'trips' | 'disputes'
const filters: Record<Table, Filter[]> = {
  orders: [
    ['id', 'UUID', 'This order.', equals('id')],
    ['customerId', 'UUID', 'Of this customer.', equals('customer_id')],
    [
      'customerPhone',
      'String',
      'Of the customer with this phone number, written as in the order.',
      equals('customer_phone'),
    ],
    [
      'status',
      'OrderStatus',
      'The true status. Few orders search at a time: with isOpen as well, only those are read.',
      equals('status'),
    ],
    ['isOpen', 'Boolean', 'Whether it searches for trucks.', equals('is_open')],
    ['isDue', 'Boolean', 'Whether its search has run out and nothing has written that down yet.', equals('is_due')],
    [
      'createdFrom',
      'Datetime',
      'Created at this time or later. An old time is found fastest with CREATED_AT_DESC.',
      ({ sqlTableAlias, value }) => sql`${sqlTableAlias}.created_at >= ${value}`,
    ],
    [
      'createdBefore',
      'Datetime',
      'Created before this time.',
      ({ sqlTableAlias, value }) => sql`${sqlTableAlias}.created_at < ${value}`,
    ],
    [
      'vehicleType',
      'String',
      'Asks for a truck of this type, such as open; capitals do not matter.',
      // An array of each order's own types, not exists: that is planned as one join over every truck ever asked for, and
      // took 30 s for a page where this takes 5 ms (2,000,000 orders).
      ({ sqlTableAlias, value }) =>
        sql`lower(${value}) = any (array (select lower(t.vehicle_type) from api.truck_requests t
          where t.customer_id = ${sqlTableAlias}.customer_id and t.order_id = ${sqlTableAlias}.id))`,
    ],
  ],
  truck_requests: [
    ['customerId', 'UUID', 'Of this customer.', equals('customer_id')],
    ['orderId', 'UUID', 'Of this order.', equals('order_id')],
    ['status', 'String', 'The true status.', equals('status')],
  ],
  order_events: [
    ['customerId', 'UUID', 'Of this customer.', equals('customer_id')],
    ['orderId', 'UUID', 'Of this order.', equals('order_id')],
    ['toStatus', 'OrderStatus', 'The status after the move.', equals('to_status')],
    ['actor', 'String', 'Who made the move.', equals('actor')],
  ],
  trips: [
    ['id', 'UUID', 'This trip.', equals('id')],
    [
      'orderId',
      'UUID',
      'Of this order.',
      // An order's trips are found by its customer, whom the order tells.
      ({ sqlTableAlias, value }) =>
        sql`${sqlTableAlias}.order_id = ${value} and ${sqlTableAlias}.customer_id = any (array (
          select o.customer_id from api.orders o where o.id = ${value}))`,
    ],
    ['customerId', 'UUID', 'Of this customer.', equals('customer_id')],
    ['transporterId', 'UUID', 'Of this transporter.', equals('transporter_id')],
    [
      'vehicleNumber',
      'String',
      'Of this vehicle; capitals and spaces do not matter.',
      ({ sqlTableAlias, value }) => sql`${sqlTableAlias}.vehicle_number = upper(${withoutSpaces(value)})`,
    ],
    [
      'driverPhone',
      'String',
      'Of the driver with this phone number of ten digits; spaces do not matter.',
      ({ sqlTableAlias, value }) => sql`${sqlTableAlias}.driver_phone = ${withoutSpaces(value)}`,
    ],
    [
      'status',
      'String',
      'driver_accepted, in_transit, completed, withdrawn or cancelled. With isLive as well, only live trips are read.',
      equals('status'),
    ],
    ['isLive', 'Boolean', 'Whether it is promised or on the road.', equals('is_live')],
    [
      'isStuck',
      'Boolean',
      'Whether it is live and has not moved for settings.tripAlarm.',
      // An array of the stuck ones, which are looked for among the live: they are old, and a page that is read from the
      // newest trip on would pass all the others (340 ms instead of 9 with 1,000,000 trips).
      ({ sqlTableAlias, value }) =>
        sql`(${sqlTableAlias}.id = any (array (select s.id from api.trips s where s.is_stuck))) = ${value}`,
    ],
  ],
  disputes: [
    ['customerId', 'UUID', 'Of this customer.', equals('customer_id')],
    [
      'idStart',
      'String',
      'Whose id begins so: the eight characters that the customer is shown and reads out; capitals and spaces do not matter.',
      // Without an index: it reads every dispute, of which there are few (200 ms with 200,000).
      ({ sqlTableAlias, value }) => sql`starts_with(${sqlTableAlias}.id::text, lower(${withoutSpaces(value)}))`,
    ],
  ],
}

export const filterPlugins = Object.entries(filters).flatMap(([tableName, list]) =>
  list.map(([name, type, description, holds]) =>
    addPgTableCondition(
      { schemaName: 'api', tableName },
      name,
      (build) => ({ description, type: build.getInputTypeByName(type) }),
      (given, helpers) =>
        given == null ? null : holds({ ...helpers, value: helpers.sqlValueWithCodec(given, codecs[type]) }),
    ),
  ),
)
