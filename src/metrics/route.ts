import { Hono } from 'hono'
import type { Registry } from 'prom-client'
import type { Logged } from '../http/request-log.ts'

/** GET /metrics in Prometheus' text format, for the admin listener: no phone can reach it. `read` comes before each. */
export function metricsRoute(register: Registry, read: () => Promise<void>): Hono<{ Variables: Logged }> {
  const app = new Hono<{ Variables: Logged }>()
  app.get('/metrics', async (c) => {
    c.set('route', '/metrics')
    await read()
    return c.body(await register.metrics(), 200, { 'Content-Type': register.contentType })
  })
  return app
}
