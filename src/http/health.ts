import { Hono } from 'hono'
import type { Logger } from 'pino'
import { type Call, READ_ONLY_SERVER } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'
import type { Logged } from './request-log.ts'

export type Version = {
  commit: string
  /** When the image was built; a checkout was not. */
  buildTime: string | undefined
  startedAt: string
  /** The newest migration and the state of sql/ that this program was built with. */
  schema: string
  sql: string
}
export type HealthDeps = { call: Call; version: Version; isStopping: () => boolean; log: Logger }

type HealthEnv = { Variables: Logged }

type State = {
  schema_version: string | null
  sql_layers: string[]
  last_sweep_at: Date | null
  is_sweep_late: boolean
  oldest_due_seconds: number | null
}
const text =
  'select s.schema_version, s.sql_layers, s.last_sweep_at, s.is_sweep_late, s.oldest_due_seconds from rest.database_state() s'

/**
 * /livez asks nobody; /readyz and /health ask the database. The sweep's age is shown and never decides: nothing depends
 * on the sweep. Every answer names the running commit, so that an old image cannot pass for a new one.
 */
export function healthRoutes(deps: HealthDeps): Hono<HealthEnv> {
  const { commit } = deps.version
  const app = new Hono<HealthEnv>()
  app.on('GET', ['/livez', '/version', '/readyz', '/health'], (c, next) => {
    c.set('route', c.req.path)
    return next()
  })
  const readiness = oneAtATime(() => readReadiness(deps))
  app.get('/livez', (c) => c.json({ status: 'alive', commit }))
  app.get('/version', (c) => c.json(deps.version))
  app.on('GET', ['/readyz', '/health'], async (c) => {
    const { problem, ...facts } = await readiness()
    if (problem === undefined) return c.json({ status: 'ready', commit, ...facts })
    return c.json({ status: 'not ready', problem, commit, ...facts, requestId: c.get('requestId') }, 503)
  })
  return app
}

/** Whoever asks while an answer is on its way gets that one: a flood of questions is one question to the database. */
function oneAtATime<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | undefined
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}

/** `problem` is why this process should get no requests; the rest is absent when the database did not say it. */
export type Readiness = {
  problem: string | undefined
  schema?: string
  sql?: string
  sweep?: { lastRunAt: Date | undefined; isLate: boolean; oldestDueSeconds: number }
}

export async function readReadiness({ call, version, isStopping, log }: HealthDeps): Promise<Readiness> {
  if (isStopping()) return { problem: 'the service is stopping' }
  try {
    const state = await call<State>({ name: 'database_state', text, values: [] })
    return {
      problem: problemOf(state, version),
      schema: state.schema_version ?? 'none',
      sql: state.sql_layers[0] ?? 'none',
      sweep: {
        lastRunAt: state.last_sweep_at ?? undefined,
        isLate: state.is_sweep_late,
        oldestDueSeconds: state.oldest_due_seconds ?? 0,
      },
    }
  } catch (error) {
    log.warn(factsForLog(error), 'the readiness check failed')
    return { problem: problemOfFailure(error, version) }
  }
}

/**
 * A newer database is no problem: migrations only add, and it need never have seen our sql/. An older one is, and so is
 * one of our own schema that never had our sql/ loaded.
 */
function problemOf({ schema_version, sql_layers }: State, version: Version): string | undefined {
  if (schema_version === null || schema_version < version.schema)
    return `the database is at schema ${schema_version ?? 'none'}, this program needs ${version.schema}: run npm run migrate of this release`
  if (schema_version === version.schema && !sql_layers.includes(version.sql))
    return `the database runs sql/ ${sql_layers[0] ?? 'none'}, and ${version.sql} of this program was never loaded: run npm run migrate of this release`
  return undefined
}

/** Undefined function, undefined schema, no privilege: the database answers, but nobody has prepared it for us. */
export const NOT_MIGRATED = new Set(['42883', '3F000', '42501'])

function problemOfFailure(error: unknown, { schema }: Version): string {
  const { code = '' } = error as { code?: string }
  if (NOT_MIGRATED.has(code))
    return `the database is older than schema ${schema}, which this program needs, or this login has no rights on it: run npm run migrate of this release`
  if (code === READ_ONLY_SERVER) return 'the database only reads: it is a replica, or was told to write nothing'
  return 'the database does not answer, or does not accept this login; the log says why'
}
