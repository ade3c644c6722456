import { Hono } from 'hono'
import { type HealthDeps, healthRoutes } from '../rest/health.ts'

/** The admin listener. Its health routes answer in every ROLE. */
export function createAdminApp(deps: HealthDeps): Hono {
  return new Hono().route('/', healthRoutes(deps))
}
