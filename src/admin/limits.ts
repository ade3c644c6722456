// How large a query may be, judged before anything of it runs. A query costs more than its text shows: fields inside a
// page are read once per row, and a fragment once per use.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'postgraphile/graphql'
import { DEFAULT_PAGE, LARGEST_PAGE } from './pages.ts'

export const limits = {
  depth: 8,
  fields: 200,
  /** Each field of Query is a statement of its own, up to 3 s long, in one of four sessions. */
  rootFields: 10,
  /** Fields times rows, so an upper bound of what a query returns: 100 orders with every column and their trucks fit. */
  values: 80_000,
  /** Elements of one list in an argument or a variable, such as orderBy. */
  listElements: 20,
  /** Everything in the variables, lists and objects opened. */
  variableValues: 200,
  /** The introspection query of the usual clients is 14 levels deep and reads some 200 fields, a fragment once per use. */
  introspectionDepth: 20,
  introspectionFields: 400,
  /** Fields that the text writes down, used or not: all of them are validated. */
  writtenFields: 400,
  /** A text of 64 KiB can hold ten times as many; a query of 200 fields needs a fifth. */
  tokens: 5_000,
}

/** Fields that cost as much as so many others: texts of up to 500 characters, five places of as many, a function's call. */
const weights: Record<string, number> = {
  customerName: 2,
  vehicleType: 2,
  vehicleSubtype: 2,
  pickupAddress: 5,
  dropAddress: 5,
  cancelReason: 5,
  reason: 5,
  timeline: 10,
  stops: 25,
  customerExplanation: 50,
}

/** Lists without pages: about how many rows each has. */
const LIST_ROWS = 5
const lists = new Set(['timeline', 'customerExplanation', 'explainCustomer', 'orderCounts'])

/** What a selection asks for: fields on its first level, levels, fields in all, and values at most. */
type Size = { width: number; depth: number; fields: number; values: number }
const nothing: Size = { width: 0, depth: 0, fields: 0, values: 0 }
type Variables = Record<string, unknown>

/** Names of the fields that are pages: those with a `first` argument. */
export function pageFields(schema: GraphQLSchema): Set<string> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const fields = types.flatMap((type) => Object.values(type.getFields()))
  return new Set(fields.filter(({ args }) => args.some(({ name }) => name === 'first')).map(({ name }) => name))
}

export type Judgement = {
  /** The limits that the query exceeds, a sentence each. */
  complaints: string[]
  /** The names of the mutations that it asks for. */
  changes: string[]
}

/** Throws when the text is no query. */
export function judgeQuery(query: string, variables: Variables, pages: Set<string>): Judgement {
  const complaints = new Set<string>()
  const complain = (sentence: string) => complaints.add(sentence)
  judgeVariables(variables, complain)
  const document = parse(query, { maxTokens: limits.tokens })
  let written = 0
  visit(document, { Field: () => void written++ })
  if (written > limits.writtenFields)
    complain(`The text of the query has more than ${limits.writtenFields} fields: ${written}.`)
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) judge(document, definition, variables, pages, complain)
  const changes = document.definitions.flatMap((node) =>
    node.kind === Kind.OPERATION_DEFINITION && node.operation === 'mutation' ? fieldNames(node.selectionSet) : [],
  )
  return { complaints: [...complaints], changes }
}

const fieldNames = ({ selections }: SelectionSetNode) =>
  selections.map((selection) => (selection.kind === Kind.FIELD ? selection.name.value : 'a fragment'))

type Complain = (sentence: string) => void

/** Without recursion: 64 KiB of brackets are deeper than the stack. */
function judgeVariables(variables: Variables, complain: Complain): void {
  const waiting = [{ value: variables as unknown, level: 0 }]
  let count = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, level } = next
    if (Array.isArray(value) && value.length > limits.listElements) complain(longList('a variable'))
    if (++count > limits.variableValues) complain(`The variables hold more than ${limits.variableValues} values.`)
    if (level > limits.depth) complain(`The variables are more than ${limits.depth} levels deep.`)
    else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) waiting.push({ value: inner, level: level + 1 })
  }
}

function judge(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  pages: Set<string>,
  complain: Complain,
): void {
  const fragments = new Map<string, Size | 'being measured'>()
  let introspectionFields = 0

  if (operation.operation === 'subscription') complain('There are no subscriptions here. Ask again instead.')
  for (const { defaultValue, variable } of operation.variableDefinitions ?? [])
    if (defaultValue && isLongList(defaultValue)) complain(longList(`$${variable.name.value}`))
  const total = sizeOf(operation.selectionSet, 1)
  if (total.width > limits.rootFields)
    complain(`The query has more than ${limits.rootFields} fields on its first level: ${total.width}.`)
  if (introspectionFields > limits.introspectionFields)
    complain(`The query asks for more than ${limits.introspectionFields} fields of the schema.`)
  if (total.depth > limits.depth) complain(`The query is more than ${limits.depth} levels deep.`)
  if (total.fields > limits.fields) complain(`The query has more than ${limits.fields} fields: ${total.fields}.`)
  if (total.values > limits.values)
    complain(
      `The query may return ${total.values} values, at most ${limits.values} are allowed: ask for smaller pages (first) or fewer fields.`,
    )

  function sizeOf(selectionSet: SelectionSetNode, level: number): Size {
    const sum = { ...nothing }
    if (level > limits.introspectionDepth) {
      complain(`The query is more than ${limits.depth} levels deep.`)
      return sum
    }
    for (const selection of selectionSet.selections) {
      const size =
        selection.kind === Kind.FIELD
          ? sizeOfField(selection, level)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? sizeOf(selection.selectionSet, level + 1)
            : sizeOfFragment(selection.name.value, level)
      sum.width += size.width
      sum.depth = Math.max(sum.depth, size.depth)
      sum.fields += size.fields
      sum.values += size.values
    }
    return sum
  }

  function sizeOfField(field: FieldNode, level: number): Size {
    for (const { name, value } of field.arguments ?? []) if (isLongList(value)) complain(longList(name.value))
    const inside = field.selectionSet ? sizeOf(field.selectionSet, level + 1) : nothing
    const name = field.name.value
    if (name === '__schema' || name === '__type') {
      introspectionFields += inside.fields
      return { width: 1, depth: 1, fields: 1, values: 1 }
    }
    const rows = pages.has(name) ? pageSize(field) : lists.has(name) ? LIST_ROWS : 1
    const values = rows * inside.values + (weights[name] ?? 1)
    return { width: 1, depth: inside.depth + 1, fields: inside.fields + 1, values }
  }

  /** Measured once, however often it is used: fragments of fragments would double the work with each. */
  function sizeOfFragment(name: string, level: number): Size {
    const known = fragments.get(name)
    const definition = document.definitions.find((d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === name)
    if (known === 'being measured' || definition?.kind !== Kind.FRAGMENT_DEFINITION) return nothing // one that contains itself, or is not there: validation says so
    if (known) return known
    fragments.set(name, 'being measured')
    const size = sizeOf(definition.selectionSet, level + 1)
    fragments.set(name, size)
    return size
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

const longList = (name: string) => `The list of ${name} has more than ${limits.listElements} elements.`

function isLongList(node: ValueNode): boolean {
  if (node.kind === Kind.OBJECT) return node.fields.some(({ value }) => isLongList(value))
  return node.kind === Kind.LIST && (node.values.length > limits.listElements || node.values.some(isLongList))
}
