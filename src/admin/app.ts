// The admin listener: health for everybody, GraphQL and its page for admins. It builds the app and never listens.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type pg from 'pg'
import { factsForLog } from '../facts-for-log.ts'
import { BODY_LIMIT_BYTES } from '../http/body-limit.ts'
import { type HealthDeps, healthRoutes } from '../http/health.ts'
import { requestLog } from '../http/request-log.ts'
import type { CountStranger } from '../http/strangers.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { metricsRoute } from '../metrics/route.ts'
import type { ReadToken } from '../token.ts'
import { authenticateAdmin, enterByLink } from './auth.ts'
import type { AdminContext, AdminEnv, AdminHandler } from './context.ts'
import { type GraphqlHost, hostGraphql } from './graphql-host.ts'
import { problem } from './problems.ts'

export type AdminDeps = HealthDeps & {
  readToken: ReadToken
  countStranger: CountStranger
  isProduction: boolean
  metrics: Metrics
  /** To be done before the metrics are told. */
  readMetrics: () => Promise<void>
  /** The admin login's; absent where ROLE does not include GraphQL. */
  pool?: pg.Pool | undefined
  /** Where its queries read; absent when they read where everybody does. */
  replica?: pg.Pool | undefined
}
export type AdminApp = { app: Hono<AdminEnv>; graphql: GraphqlHost | undefined }

/** The page's own files, the same for everybody until the next deploy. */
const ASSETS = '/ruru-static/*'

export function createAdminApp(deps: AdminDeps): AdminApp {
  const app = new Hono<AdminEnv>()
  app.use(requestLog<AdminEnv>(deps.log, deps.metrics.request('admin')))
  app.onError((error, c) => answerFault(error, c))
  app.notFound((c) => problem(c, 'route_is_known'))
  app.route('/', healthRoutes(deps))
  app.route('/', metricsRoute(deps.metrics.register, deps.readMetrics))
  if (!deps.pool) return { app, graphql: undefined }

  const graphql = hostGraphql(deps.pool, deps.replica, deps.log)
  const isAdmin = authenticateAdmin(deps)
  const isSmall = bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (c) => problem(c, 'body_is_within_64_kib') })
  app.get('/', named('/'), closed, enterByLink(deps), isAdmin, graphql.page)
  app.get(ASSETS, named(ASSETS), closed, isAdmin, graphql.pageAsset)
  app.post('/graphql', named('/graphql'), closed, isAdmin, isSmall, graphql.query)
  return { app, graphql }
}

const named =
  (route: string): AdminHandler =>
  (c, next) => {
    c.set('route', route)
    return next()
  }

/** The page loads scripts of its own. Nothing is framed by another site, or fetched from or sent to one. */
const closed: AdminHandler = async (c, next) => {
  await next()
  c.header('Cache-Control', c.get('route') === ASSETS ? 'private, max-age=3600' : 'no-store')
  c.header(
    'Content-Security-Policy',
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  )
}

function answerFault(error: Error, c: AdminContext): Response {
  c.get('log').error(factsForLog(error), 'request failed')
  return problem(c, 'no_fault_of_ours')
}
