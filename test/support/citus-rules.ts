// For every test file of `npm run test:citus`.
import pg from 'pg'
import { beforeEach } from 'vitest'
import { restoreRule } from '../../src/db/rule-behind.ts'
import { whyNot } from './citus-differs.ts'

beforeEach(({ task, skip }) => {
  const names: string[] = []
  for (let of: { name: string; suite?: unknown } | undefined = task; of; of = of.suite as typeof of)
    names.unshift(of.name)
  const reason = whyNot(task.file.filepath, names.join(' '))
  if (reason !== undefined) skip(reason)
})

/** As the service does with every call. */
function withRule(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) restoreRule(error)
  return error
}

const query = pg.Client.prototype.query as (...given: unknown[]) => Promise<unknown> | undefined
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  const told = given.at(-1)
  if (typeof told === 'function')
    // a pool's own way
    return query.call(this, ...given.slice(0, -1), (error: unknown, result: unknown) => told(withRule(error), result))
  return query.apply(this, given)?.catch((error: unknown) => {
    throw withRule(error)
  })
} as typeof pg.Client.prototype.query
