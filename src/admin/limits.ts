// How large a query may be, judged before anything of it runs; what it asks for is measured by query-size.ts.
import { type DocumentNode, Kind, type OperationDefinitionNode, parse, visit } from 'postgraphile/graphql'
import { type Size, sizeOfOperation } from './query-size.ts'

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
  /** Fields asked of the schema itself: the usual clients' introspection reads some 200, a fragment once per use. */
  introspectionFields: 400,
  /** Fields that the text writes down, used or not: all of them are validated. */
  writtenFields: 400,
  /** A text of 64 KiB can hold ten times as many; a query of 200 fields needs a fifth. */
  tokens: 5_000,
  /** Both end a request that plans or runs for longer; the statement limit of the login (sql/roles.sql) ends its SQL before. */
  planningMs: 2_000,
  executionMs: 6_000,
}

export type Judgement = {
  /** The limits that the query exceeds, a sentence each. */
  complaints: string[]
  /** The names of the mutations that it asks for. */
  changes: string[]
}
type Complain = (sentence: string) => unknown

/** `pages` are the fields that pageFields() names. Throws when the text is no query. */
export function judgeQuery(query: string, variables: Record<string, unknown>, pages: Set<string>): Judgement {
  const complaints = new Set<string>()
  const complain: Complain = (sentence) => complaints.add(sentence)
  judgeVariables(variables, complain)
  const document = parse(query, { maxTokens: limits.tokens })
  judgeText(document, complain)
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  for (const operation of operations)
    judgeSize(sizeOfOperation({ document, variables, pages }, operation, complain), complain)
  if (operations.some(({ operation }) => operation === 'subscription'))
    complain('There are no subscriptions here. Ask again instead.')
  return { complaints: [...complaints], changes: operations.flatMap(changesOf) }
}

/** Without recursion: 64 KiB of brackets are deeper than the stack. */
function judgeVariables(variables: Record<string, unknown>, complain: Complain): void {
  const waiting = [{ value: variables as unknown, level: 0 }]
  let count = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, level } = next
    if (Array.isArray(value) && value.length > limits.listElements) complain(longList('variables'))
    if (++count > limits.variableValues) complain(`The variables hold more than ${limits.variableValues} values.`)
    if (level > limits.depth) complain(`The variables are more than ${limits.depth} levels deep.`)
    else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) waiting.push({ value: inner, level: level + 1 })
  }
}

/** What is written down, whether it is used or not. */
function judgeText(document: DocumentNode, complain: Complain): void {
  let written = 0
  visit(document, {
    Field: () => void written++,
    ListValue: ({ values }) => void (values.length > limits.listElements && complain(longList('query'))),
  })
  if (written > limits.writtenFields)
    complain(`The text of the query has more than ${limits.writtenFields} fields: ${written}.`)
}

function judgeSize({ width, depth, fields, values, introspection }: Size, complain: Complain): void {
  if (width > limits.rootFields)
    complain(`The query has more than ${limits.rootFields} fields on its first level: ${width}.`)
  if (depth > limits.depth) complain(`The query is more than ${limits.depth} levels deep.`)
  if (fields > limits.fields) complain(`The query has more than ${limits.fields} fields: ${fields}.`)
  if (introspection > limits.introspectionFields)
    complain(`The query asks for more than ${limits.introspectionFields} fields of the schema.`)
  if (values > limits.values)
    complain(
      `The query may return ${values} values, at most ${limits.values} are allowed: ask for smaller pages (first) or fewer fields.`,
    )
}

const longList = (where: string) => `A list in the ${where} has more than ${limits.listElements} elements.`

const changesOf = ({ operation, selectionSet }: OperationDefinitionNode): string[] =>
  operation === 'mutation'
    ? selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? node.name.value : []))
    : []
