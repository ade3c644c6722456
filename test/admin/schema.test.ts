import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'postgraphile/graphql'
import { expect, it } from 'vitest'
import { readSchema } from '../../src/admin/read-schema.ts'
import { copyDatabase } from '../support/database.ts'
import { project } from '../support/program.ts'

const db = await copyDatabase()
const text = await readSchema(db.adminUrl)
const types = Object.values(buildSchema(text).getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

it('schema.graphql is what a migrated database shows', () => {
  const committed = readFileSync(join(project, 'schema.graphql'), 'utf8')
  expect(committed === text, 'schema.graphql is old: run npm run schema, and read what it changes').toBe(true)
})

type Described = { description?: string | null | undefined }

/** Everything of a type that can have a description, by its path. */
function partsOf(type: GraphQLNamedType): [string, Described][] {
  const fields = isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : []
  const args = (isObjectType(type) ? Object.values(type.getFields()) : []).flatMap((field) =>
    field.args.map((arg): [string, Described] => [`${type.name}.${field.name}(${arg.name})`, arg]),
  )
  const named = [...fields, ...(isEnumType(type) ? type.getValues() : [])]
  return [[type.name, type], ...named.map((part): [string, Described] => [`${type.name}.${part.name}`, part]), ...args]
}
const parts = types.flatMap(partsOf)

/** PostgreSQL keeps no comment for these: what a function takes and gives back, and the words of an enum. */
const withoutComment = [
  /^(CustomerExplanation|OrderCount|Sweep|TimelineEntry)(\.\w+)?$/,
  /^Query\.(explainCustomer\(customerId\)|order\(id\)|trip\(id\)|orderCounts\(created(From|Before)\))$/,
  /^(CancelOrder|ChangeSettings|CompleteTrip|EraseCustomer|ExpireDueOrders|WithdrawTrip)(Input|Payload)\.\w+$/,
  /^OrderStatus(\.\w+)?$/,
  /^\w+OrderBy\.\w+$/,
]

it('every type and field of the database tells what it is', () => {
  const undescribed = parts.filter(([, { description }]) => !description).map(([path]) => path)
  expect(undescribed.filter((path) => !withoutComment.some((pattern) => pattern.test(path)))).toEqual([])
  expect(parts.length - undescribed.length).toBeGreaterThan(100)
})

it('every exception to that is still needed', () => {
  const undescribed = parts.filter(([, { description }]) => !description).map(([path]) => path)
  expect(withoutComment.filter((pattern) => !undescribed.some((path) => pattern.test(path)))).toEqual([])
})

it('no description names a parameter as SQL does', () => {
  expect(parts.filter(([, { description }]) => /\bp_\w+/.test(description ?? '')).map(([path]) => path)).toEqual([])
})
