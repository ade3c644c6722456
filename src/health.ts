import { Hono } from 'hono'
import type { Logger } from 'pino'
import type { Call } from './db/pool.ts'
import { factsForLog } from './facts-for-log.ts'

export type Version = { commit: string; startedAt: string; schema: string }
export type HealthDeps = { call: Call; version: Version; isStopping: () => boolean; log: Logger }

type Readiness = { schema_version: string | null; last_sweep_at: Date | null; oldest_due_seconds: number | null }
const text = 'select r.schema_version, r.last_sweep_at, r.oldest_due_seconds from rest.readiness() r'

/**
 * /livez asks nobody; /readyz and /health ask the database. The sweep's age is shown and never decides: nothing depends
 * on the sweep. Every answer names the running commit, so that an old image cannot pass for a new one.
 */
export function healthRoutes(deps: HealthDeps): Hono {
  const { version } = deps
  const app = new Hono()
  app.get('/livez', (c) => c.json({ status: 'alive', commit: version.commit }))
  app.get('/version', (c) => c.json(version))
  app.on('GET', ['/readyz', '/health'], async (c) => {
    const { problem, ...facts } = await readiness(deps)
    const status = problem === undefined ? 'ready' : 'not ready'
    return c.json({ status, problem, commit: version.commit, ...facts }, problem === undefined ? 200 : 503)
  })
  return app
}

async function readiness({ call, version, isStopping, log }: HealthDeps) {
  if (isStopping()) return { problem: 'the service is stopping' }
  try {
    const row = await call<Readiness>({ name: 'readiness', text, values: [] })
    const schema = row.schema_version ?? 'none'
    const sweep = { lastRunAt: row.last_sweep_at ?? undefined, oldestDueSeconds: row.oldest_due_seconds ?? 0 }
    const isOld = row.schema_version === null || row.schema_version < version.schema
    const problem = isOld ? `the database is at schema ${schema}, this program needs ${version.schema}` : undefined
    return { problem, schema, sweep }
  } catch (error) {
    log.warn(factsForLog(error), 'the readiness check failed')
    return { problem: NOT_MIGRATED.has((error as { code?: string }).code ?? '') ? notMigrated : notAnswering }
  }
}

/** Undefined function, undefined schema, no privilege: the database answers, but nobody has prepared it for us. */
export const NOT_MIGRATED = new Set(['42883', '3F000', '42501'])
const notMigrated = 'the database is not migrated, or this login has no rights on it: run npm run migrate'
const notAnswering = 'the database does not answer, or does not accept this login; the log says why'
