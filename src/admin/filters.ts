// Filters that are more than a column of the view.
import { TYPES } from 'postgraphile/@dataplan/pg'
import { GraphQLString } from 'postgraphile/graphql'
import { addPgTableCondition } from 'postgraphile/utils'

const orders = { schemaName: 'api', tableName: 'orders' }

const status = addPgTableCondition(
  orders,
  'status',
  (build) => ({
    description: 'The true status. Few orders search at a time: with isOpen as well, only those are read.',
    type: build.getInputTypeByName('OrderStatus'),
  }),
  (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
    value == null ? null : sql`${sqlTableAlias}.status = ${sqlValueWithCodec(value, TYPES.text)}`,
)

function createdAt(name: string, comparison: '>=' | '<', description: string): GraphileConfig.Plugin {
  return addPgTableCondition(
    orders,
    name,
    (build) => ({ description, type: build.getInputTypeByName('Datetime') }),
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      value == null
        ? null
        : sql`${sqlTableAlias}.created_at ${sql.raw(comparison)} ${sqlValueWithCodec(value, TYPES.timestamptz)}`,
  )
}

/**
 * An array of each order’s own types, not exists: that is planned as one join over every truck ever asked for, and took
 * 12 s for a page where this takes 2 ms (2,000,000 orders).
 */
const vehicleType = addPgTableCondition(
  orders,
  'vehicleType',
  () => ({ description: 'Asks for a truck of this type, such as open; capitals do not matter.', type: GraphQLString }),
  (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
    value == null
      ? null
      : sql`lower(${sqlValueWithCodec(value, TYPES.text)}) = any (array (select lower(t.vehicle_type) from api.truck_requests t
          where t.customer_id = ${sqlTableAlias}.customer_id and t.order_id = ${sqlTableAlias}.id))`,
)

export const filters = [
  status,
  createdAt('createdFrom', '>=', 'Created at this time or later. An old time is found fastest with CREATED_AT_DESC.'),
  createdAt('createdBefore', '<', 'Created before this time.'),
  vehicleType,
]
