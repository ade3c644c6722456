// The public HTTP surface: middleware, then the routes. It builds the app and never listens.
import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import pg from 'pg'
import { authenticate } from './auth.ts'
import { addCancelOrder } from './cancel-order.ts'
import type { RestContext, RestDeps, RestEnv, RestHandler } from './context.ts'
import { addCreateOrder } from './create-order.ts'
import { type HealthDeps, healthRoutes } from './health.ts'
import { explain, refusal } from './problems.ts'
import { addReadOrders } from './read-orders.ts'

const BODY_LIMIT_BYTES = 64 * 1024

/** The phone never reads Retry-After, but a 503 with 0 would make its HTTP client repeat the call at once. */
const RETRY_AFTER_SECONDS = 1

export function createApp(deps: RestDeps & HealthDeps): OpenAPIHono<RestEnv> {
  const app = new OpenAPIHono<RestEnv>()
  app.use(requestLog(deps))
  app.onError((error, c) => answerProblem(error, c as RestContext))
  app.notFound((c) => answerProblem(refusal('route_is_known'), c as RestContext))
  app.route('/', healthRoutes(deps))

  app.use('/api/v1/orders/*', authenticate(deps.jwtSecret, 'customer'))
  app.use('/api/v1/bookings/*', authenticate(deps.jwtSecret, 'customer'))
  app.use(
    '/api/v1/*',
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: () => {
        throw refusal('body_is_within_64_kib')
      },
    }),
  )
  addCreateOrder(app, deps)
  addReadOrders(app, deps)
  addCancelOrder(app, deps)

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Weelo orders',
      version: deps.version.commit,
      description: 'Book trucks, one active order per customer.',
    },
  })
  return app
}

/** One line a request, by route pattern: no ids, addresses, phones, tokens or bodies. Also gives every request its id. */
function requestLog({ log }: RestDeps): RestHandler {
  return async (c, next) => {
    const startedAt = performance.now()
    const given = c.req.header('x-request-id') ?? ''
    const requestId = /^[\w.-]{1,100}$/.test(given) ? given : randomUUID()
    c.set('requestId', requestId)
    c.set('log', log.child({ requestId }))
    c.header('X-Request-Id', requestId)
    await next()
    const durationMs = Math.round(performance.now() - startedAt)
    const route = c.get('route') ?? (c.res.status === 404 ? 'unknown' : c.req.path)
    c.get('log').info(
      { method: c.req.method, route, status: c.res.status, durationMs, customer: c.get('caller')?.hash },
      'request',
    )
  }
}

function answerProblem(error: unknown, c: RestContext): Response {
  const { status, code, message, data } = explain(error)
  if (status >= 500) c.get('log').error(factsForLog(error), 'request failed')
  if (status === 401) c.header('WWW-Authenticate', 'Bearer')
  if (status === 503 || status === 429) c.header('Retry-After', String(data?.retryAfterSeconds ?? RETRY_AFTER_SECONDS))
  return c.json(
    { success: false, error: { code, message, ...(data && { data }) }, requestId: c.get('requestId') },
    status,
  )
}

/** Not the error itself: the detail of a database error quotes the row, addresses and phone included. */
function factsForLog(error: unknown): object {
  const { code, constraint, where, message, stack } = error as Record<string, unknown>
  return error instanceof pg.DatabaseError ? { code, constraint, message, where } : { code, message, stack }
}
