// What one answer of the fleet says, against what the deploy promised.

export type Expected = {
  /** At least seven digits of it. */
  commit: string
  /** Of the newest migration, such as "000003". */
  schema: string
  /** The state of sql/; undefined when the commit is not of this checkout, and a newer one may be loaded. */
  sql: string | undefined
}

export const paths = ['/version', '/readyz'] as const
export type Path = (typeof paths)[number]

/** `failure` when there was no answer; `body` is undefined when it was not JSON. */
export type Answer = { failure: string } | { status: number; body: Record<string, unknown> | undefined }

/** What the answer says instead of what is expected, for people; undefined when it is as expected. */
export function differenceOf(path: Path, answer: Answer, expected: Expected): string | undefined {
  if ('failure' in answer) return `no answer (${answer.failure})`
  const { status, body } = answer
  if (body === undefined) return `${status}, which is no answer of this service`
  const facts = [
    ...(isCommit(body.commit, expected.commit) ? [] : [`commit ${short(body.commit)}`]),
    ...(isSchema(path, body.schema, expected) ? [] : [`schema ${short(body.schema)}`]),
    ...(expected.sql === undefined || body.sql === expected.sql ? [] : [`sql ${short(body.sql)}`]),
    ...(status === 200 ? [] : [`${status}${typeof body.problem === 'string' ? `, ${body.problem}` : ''}`]),
  ]
  return facts.length === 0 ? undefined : facts.join(', ')
}

/** What to look at first. `build` is the commit's own word, `database` is what it runs on. */
export const causes = ['no answer', 'commit', 'build', 'database', 'not ready'] as const
export type Cause = (typeof causes)[number]

/** Why an answer that differs may do so. */
export function causeOf(path: Path, answer: Answer, expected: Expected): Cause {
  if ('failure' in answer || answer.body?.commit === undefined) return 'no answer'
  const { status, body } = answer
  if (!isCommit(body.commit, expected.commit)) return 'commit'
  const hasRules = isSchema(path, body.schema, expected) && (expected.sql === undefined || body.sql === expected.sql)
  if (path === '/version') return hasRules ? 'not ready' : 'build'
  // A database that is away says neither.
  return hasRules || (status !== 200 && body.schema === undefined) ? 'not ready' : 'database'
}

const isCommit = (said: unknown, expected: string) => typeof said === 'string' && said.startsWith(expected)

/** An older program may run on a newer database, never the other way round: migrations only add. */
const isSchema = (path: Path, said: unknown, { schema, sql }: Expected) =>
  path === '/readyz' && sql === undefined ? typeof said === 'string' && said >= schema : said === schema

const SHOWN = 12
const short = (fact: unknown) => (typeof fact === 'string' ? fact.slice(0, SHOWN) : 'unsaid')
