// GraphQL requests made at random from a schema: most of them right, some slightly wrong.
import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'postgraphile/graphql'
import { range } from './scale.ts'

/** Draws a value; with fast-check's own generator inside a property, so that a seed repeats the request. */
export type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T
/** What exists in the database, so that some requests find something. */
export type Known = { ids: string[]; cursors: string[] }
export type RandomRequest = { query: string; variables: Record<string, unknown> }

/** An enum value is written without quotes in a query, and as a text in the variables. */
class Word {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 20, 50, 100, 101, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 1e21, 1e308, 0.5, -0.1),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\0', '\ud800', "'; drop schema api cascade; --", '%', '{}', 'x'.repeat(10_000)),
)
const time = fc.oneof(
  fc
    .date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    'now',
    'infinity',
    '2026-02-30',
    '2026-01-01T00:00:00+25:00',
    '294277-01-01',
    '4714-01-01 BC',
    '24:00',
  ),
)
const cursor = fc.oneof(
  text,
  fc.base64String(),
  fc.json().map((json) => Buffer.from(json).toString('base64')),
)
/** For where it does not belong. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(fc.stringMatching(/^[a-zA-Z]{1,9}$/), number, { maxKeys: 3 }),
)

export function randomRequest(schema: GraphQLSchema, known: Known, draw: Draw): RandomRequest {
  const declared: string[] = []
  const variables: Record<string, unknown> = {}
  const fragments: string[] = []
  const oneIn = (n: number) => draw(fc.nat(n - 1)) === 0
  const pick = <T>(list: readonly T[]): T => list[draw(fc.nat(list.length - 1))] as T

  function valueFor(type: GraphQLInputType, mayBeNull = true): unknown {
    if (oneIn(60)) return draw(anything)
    if (isNonNullType(type)) return valueFor(type.ofType, false)
    if (mayBeNull && oneIn(20)) return null
    if (isListType(type)) return range(draw(fc.nat(oneIn(20) ? 30 : 3))).map(() => valueFor(type.ofType))
    if (isEnumType(type)) return new Word(pick(type.getValues()).name)
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter(
        (field) => oneIn(isNonNullType(field.type) ? 1 : 4) || oneIn(20),
      )
      return Object.fromEntries(given.map((field) => [field.name, valueFor(field.type)]))
    }
    if (type.name === 'Boolean') return draw(fc.boolean())
    if (type.name === 'Int' || type.name === 'Float') return draw(oneIn(10) ? number : fc.integer({ min: 0, max: 100 }))
    if (type.name === 'Datetime') return draw(time)
    if (type.name === 'UUID') return oneIn(3) ? draw(fc.uuid()) : pick(known.ids)
    if (type.name === 'Cursor') return oneIn(3) ? draw(cursor) : pick(known.cursors)
    return oneIn(3) ? pick(known.ids) : draw(text)
  }

  function argument({ name, type }: GraphQLArgument): string {
    const value = valueFor(type)
    if (!oneIn(3)) return `${name}: ${literal(value)}`
    const variable = `v${declared.length}`
    const hasDefault = oneIn(4)
    declared.push(`$${variable}: ${type}${hasDefault ? ` = ${literal(value)}` : ''}`)
    if (!hasDefault || oneIn(2)) variables[variable] = json(value)
    return `${name}: $${variable}`
  }

  function selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields())
    const leaves = fields.filter((field) => !isObjectType(getNamedType(field.type)))
    const usable = depth > 0 || leaves.length === 0 ? fields : leaves
    const parts = range(draw(fc.integer({ min: 1, max: 4 }))).map((n) => {
      const field = pick(usable)
      const inner = getNamedType(field.type)
      const args = field.args.filter((arg) => (isNonNullType(arg.type) ? !oneIn(60) : oneIn(3))).map(argument)
      return [
        args.length > 0 || oneIn(3) ? `${pick(['a', 'b', 'id', '__x'])}${n}:` : '',
        field.name,
        args.length > 0 ? `(${args.join(' ')})` : '',
        oneIn(8) ? pick(['@skip(if: false)', '@include(if: true)', '@include(if: false)']) : '',
        isObjectType(inner) ? selection(inner, depth - 1) : '',
      ].join(' ')
    })
    const body = `{ ${parts.join(' ')} }`
    if (oneIn(12)) return `{ ... on ${type.name} ${body} }`
    if (!oneIn(12)) return body
    const name = `F${fragments.length}_${draw(fc.nat(1_000_000))}`
    fragments.push(`fragment ${name} on ${type.name} ${body}`)
    return `{ ...${name} __typename }`
  }

  const isMutation = oneIn(5)
  const root = (isMutation ? schema.getMutationType() : schema.getQueryType()) as GraphQLObjectType
  const body = selection(root, draw(fc.integer({ min: 2, max: 7 })))
  const head = `${isMutation ? 'mutation' : 'query'}${declared.length > 0 ? `(${declared.join(' ')})` : ''}`
  const query = `${head} ${body} ${fragments.join(' ')}`
  return { query: oneIn(5) ? damaged(query, draw) : query, variables }
}

/** With one mistake, as a hand or an attacker makes them. */
function damaged(query: string, draw: Draw): string {
  const at = draw(fc.nat(query.length - 1))
  const sign = draw(
    fc.constantFrom(
      '@nope',
      '@skip',
      '{',
      '}',
      '(',
      ')',
      '$',
      '@',
      '"',
      '"""',
      '...',
      '#',
      ':',
      '[',
      '\0',
      '\ufeff',
      '9',
      'é',
    ),
  )
  const name = draw(fc.constantFrom('nope', '__typename', '__schema', 'Id', 'constructor', '__proto__', '_id'))
  const head = draw(fc.constantFrom('subscription', 'mutation', 'fragment', 'query A'))
  return draw(
    fc.constantFrom(
      query.slice(0, at) + query.slice(at + 1),
      query.slice(0, at) + sign + query.slice(at),
      query.slice(0, at),
      query.replace(/\b(id|nodes|orders|status)\b/, name),
      query.replace(/^\w+/, head),
      `${query} ${query}`,
    ),
  )
}

function literal(value: unknown): string {
  if (value instanceof Word) return value.name
  if (Array.isArray(value)) return `[${value.map(literal).join(' ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([name, inner]) => `${name}: ${literal(inner)}`)
  return `{${fields.join(' ')}}`
}

function json(value: unknown): unknown {
  if (value instanceof Word) return value.name
  if (Array.isArray(value)) return value.map(json)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, json(inner)]))
}
