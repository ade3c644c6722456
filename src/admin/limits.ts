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
} from 'postgraphile/graphql'
import { DEFAULT_PAGE, LARGEST_PAGE } from './pages.ts'

export const limits = {
  depth: 8,
  fields: 200,
  /** Fields times rows, so an upper bound of what a query returns: 100 orders with every column and their trucks fit. */
  values: 60_000,
  /** Elements of one list in an argument or a variable, such as orderBy. */
  listElements: 20,
  /** The introspection query of the usual clients has a depth of 14 and some 200 fields. */
  introspectionDepth: 20,
  introspectionFields: 400,
  /** A text of 64 KiB can hold ten times as many; a query of 200 fields needs a fifth. */
  tokens: 5_000,
}

/** What a selection asks for: levels, fields, and values at most. */
type Size = { depth: number; fields: number; values: number }
type Variables = Record<string, unknown>

/** Names of the fields that are pages: those with a `first` argument. */
export function pageFields(schema: GraphQLSchema): Set<string> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType)
  const fields = types.flatMap((type) => Object.values(type.getFields()))
  return new Set(fields.filter(({ args }) => args.some(({ name }) => name === 'first')).map(({ name }) => name))
}

/** The limits that a query exceeds, a sentence each. Throws a GraphQLError when the text is no query. */
export function excess(query: string, variables: Variables, pages: Set<string>): string[] {
  const document = parse(query, { maxTokens: limits.tokens })
  const complaints = new Set<string>()
  const complain = (sentence: string) => complaints.add(sentence)
  for (const [name, value] of Object.entries(variables)) if (hasLongList(value)) complain(longList(`$${name}`))
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) judge(document, definition, variables, pages, complain)
  return [...complaints]
}

function judge(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  pages: Set<string>,
  complain: (sentence: string) => void,
): void {
  const fragments = new Map<string, Size | 'being measured'>()
  let introspectionFields = 0

  const total = sizeOf(operation.selectionSet, 1)
  if (total.depth > limits.depth) complain(`The query is more than ${limits.depth} levels deep.`)
  if (total.fields > limits.fields) complain(`The query has more than ${limits.fields} fields: ${total.fields}.`)
  if (introspectionFields > limits.introspectionFields)
    complain(`The query asks for more than ${limits.introspectionFields} fields of the schema.`)
  if (total.values > limits.values)
    complain(
      `The query may return ${total.values} values, at most ${limits.values} are allowed: ask for smaller pages (first) or fewer fields.`,
    )

  function sizeOf(selectionSet: SelectionSetNode, level: number): Size {
    const sum = { depth: 0, fields: 0, values: 0 }
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
      sum.depth = Math.max(sum.depth, size.depth)
      sum.fields += size.fields
      sum.values += size.values
    }
    return sum
  }

  function sizeOfField(field: FieldNode, level: number): Size {
    for (const { name, value } of field.arguments ?? []) if (isLongList(value)) complain(longList(name.value))
    const inside = field.selectionSet ? sizeOf(field.selectionSet, level + 1) : { depth: 0, fields: 0, values: 0 }
    const name = field.name.value
    if (name === '__schema' || name === '__type') {
      introspectionFields += inside.fields
      return { depth: 1, fields: 1, values: 1 }
    }
    const rows = pages.has(name) ? pageSize(field) : 1
    return { depth: inside.depth + 1, fields: inside.fields + 1, values: rows * inside.values + 1 }
  }

  /** Measured once, however often it is used: fragments of fragments would double the work with each. */
  function sizeOfFragment(name: string, level: number): Size {
    const known = fragments.get(name)
    const definition = document.definitions.find((d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === name)
    if (known === 'being measured' || definition?.kind !== Kind.FRAGMENT_DEFINITION)
      return { depth: 0, fields: 0, values: 0 } // one that contains itself, or is not there: validation says so
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

function hasLongList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return (Array.isArray(value) && value.length > limits.listElements) || Object.values(value).some(hasLongList)
}
