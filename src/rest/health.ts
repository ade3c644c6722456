import { Hono } from 'hono'
import type { Call } from '../db/pool.ts'

export type Version = { commit: string; startedAt: string; schema: string }
export type HealthDeps = { call: Call; version: Version; isStopping: () => boolean }

type Readiness = { schema_version: string | null; last_sweep_at: Date | null; oldest_due_seconds: number | null }
const text = 'select r.schema_version, r.last_sweep_at, r.oldest_due_seconds from rest.readiness() r'

/**
 * /livez asks nobody; /readyz and /health ask the database. The sweep's age is shown and never decides: nothing depends
 * on the sweep. Every answer names the running commit, so that an old image cannot pass for a new one.
 */
export function healthRoutes({ call, version, isStopping }: HealthDeps): Hono {
  const app = new Hono()
  app.get('/livez', (c) => c.json({ status: 'alive', commit: version.commit }))
  app.get('/version', (c) => c.json(version))
  app.on('GET', ['/readyz', '/health'], async (c) => {
    const row = await call<Readiness>({ name: 'readiness', text, values: [] }).catch(() => undefined)
    const problem = isStopping()
      ? 'the service is stopping'
      : row === undefined
        ? 'the database does not answer'
        : (row.schema_version ?? '') < version.schema
          ? `the database is at schema ${row.schema_version ?? 'none'}, this program needs ${version.schema}`
          : undefined
    return c.json(
      {
        status: problem === undefined ? 'ready' : 'not ready',
        ...(problem !== undefined && { problem }),
        commit: version.commit,
        schema: row?.schema_version ?? undefined,
        sweep: row && { lastRunAt: row.last_sweep_at ?? undefined, oldestDueSeconds: row.oldest_due_seconds ?? 0 },
      },
      problem === undefined ? 200 : 503,
    )
  })
  return app
}
