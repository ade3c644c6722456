// How much a query asks for. It is more than its text shows: fields inside a page are read once per row, and a fragment
// once per use. Every fragment is measured once, so the time for it grows with the text and no faster.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'postgraphile/graphql'
import { DEFAULT_PAGE, LARGEST_PAGE } from './pages.ts'

/** Fields on the first level, levels, fields in all, values at most, and fields asked of the schema itself. */
export type Size = { width: number; depth: number; fields: number; values: number; introspection: number }
const nothing: Size = { width: 0, depth: 0, fields: 0, values: 0, introspection: 0 }

/** The usual clients' introspection has 14 levels, which no limit but this one counts. */
const BOTTOM = 20

/** Fields that cost as much as so many others: texts of up to 2,000 characters, five places of 500, a function's call. */
const weights: Record<string, number> = {
  customerName: 2,
  driverName: 2,
  reasonCode: 2,
  vehicleType: 2,
  vehicleSubtype: 2,
  pickupAddress: 5,
  dropAddress: 5,
  cancelReason: 5,
  reason: 5,
  endReason: 5,
  timeline: 10,
  notes: 20,
  stops: 25,
  customerExplanation: 50,
}

/** Lists without pages: about how many rows each has. Five trucks that were found, set off and arrived make 20 events. */
const listRows: Record<string, number> = { timeline: 20, customerExplanation: 5, explainCustomer: 5, orderCounts: 5 }

/** Names of the fields that are pages: those with a `first` argument. */
export function pageFields(schema: GraphQLSchema): Set<string> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const fields = types.flatMap((type) => Object.values(type.getFields()))
  return new Set(fields.filter(({ args }) => args.some(({ name }) => name === 'first')).map(({ name }) => name))
}

export type Query = { document: DocumentNode; variables: Record<string, unknown>; pages: Set<string> }

/** `complain` hears of pages that are larger than a page may be, and of levels without end. */
export function sizeOfOperation(
  { document, variables, pages }: Query,
  operation: OperationDefinitionNode,
  complain: (sentence: string) => void,
): Size {
  const fragments = new Map<string, Size>()
  return sizeOf(operation.selectionSet, 1)

  function sizeOf({ selections }: SelectionSetNode, level: number): Size {
    const sum = { ...nothing }
    if (level > BOTTOM) {
      complain(`The query is more than ${BOTTOM} levels deep.`)
      return nothing
    }
    for (const selection of selections) {
      const size =
        selection.kind === Kind.FIELD
          ? sizeOfField(selection, level)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? sizeOf(selection.selectionSet, level + 1)
            : sizeOfFragment(selection.name.value, level)
      sum.depth = Math.max(sum.depth, size.depth)
      for (const part of ['width', 'fields', 'values', 'introspection'] as const) sum[part] += size[part]
    }
    return sum
  }

  function sizeOfField(field: FieldNode, level: number): Size {
    const inside = field.selectionSet ? sizeOf(field.selectionSet, level + 1) : nothing
    const name = field.name.value
    if (name.startsWith('__')) return { width: 1, depth: 1, fields: 1, values: 1, introspection: inside.fields }
    const rows = pages.has(name) ? pageSize(field) : (listRows[name] ?? 1)
    const values = rows * inside.values + (weights[name] ?? 1)
    return { ...inside, width: 1, depth: inside.depth + 1, fields: inside.fields + 1, values }
  }

  /** One that contains itself, or is not there, counts as nothing here: validation says what is wrong with it. */
  function sizeOfFragment(name: string, level: number): Size {
    const known = fragments.get(name)
    if (known) return known
    fragments.set(name, nothing)
    const definition = document.definitions.find((d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === name)
    if (definition?.kind === Kind.FRAGMENT_DEFINITION) fragments.set(name, sizeOf(definition.selectionSet, level + 1))
    return fragments.get(name) ?? nothing
  }

  function pageSize(field: FieldNode): number {
    const given = field.arguments?.find(({ name }) => name.value === 'first')?.value
    const first = given && givenValue(given)
    if (first === undefined) return DEFAULT_PAGE
    if (typeof first === 'number' && first >= 0 && first <= LARGEST_PAGE) return first
    complain(
      `first is ${first} for ${field.name.value}: a page has at most ${LARGEST_PAGE} rows. Go on with after: endCursor.`,
    )
    return LARGEST_PAGE
  }

  function givenValue(node: ValueNode): unknown {
    if (node.kind === Kind.INT) return Number(node.value)
    if (node.kind !== Kind.VARIABLE) return null
    const given = variables[node.name.value]
    if (given !== undefined) return given
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === node.name.value)
    return definition?.defaultValue && givenValue(definition.defaultValue)
  }
}
