// The public HTTP surface: middleware, then the routes. It builds the app and never listens.
import { OpenAPIHono } from '@hono/zod-openapi'
import { factsForLog } from '../facts-for-log.ts'
import { type HealthDeps, healthRoutes } from '../http/health.ts'
import { requestLog } from '../http/request-log.ts'
import { callerOrStranger } from './auth.ts'
import { addBookings } from './bookings.ts'
import { addCancelOrder } from './cancel-order.ts'
import type { RestContext, RestDeps, RestEnv } from './context.ts'
import { addCreateOrder } from './create-order.ts'
import { addDisputeCancel } from './dispute-cancel.ts'
import { explain, refusal } from './explain.ts'
import { addOrderEvents } from './order-events.ts'
import { addReadOrders } from './read-orders.ts'
import { addTrips } from './trips.ts'
import { addTruckRequests } from './truck-requests.ts'

/** The phone never reads Retry-After, but a 503 with 0 would make its HTTP client repeat the call at once. */
const RETRY_AFTER_SECONDS = 1

/** `streamMs`: how long a stream of events lasts, when not as usual. */
export function createApp(deps: RestDeps & { health: HealthDeps; streamMs?: number }): OpenAPIHono<RestEnv> {
  const app = new OpenAPIHono<RestEnv>()
  app.use(requestLog<RestEnv>(deps.log, deps.metrics.request('public')))
  app.onError((error, c) => answerProblem(error, c as RestContext))
  app.notFound((c) => answerUnknown(c as RestContext, deps))
  app.route('/', healthRoutes(deps.health))

  // Literal paths first: /orders/active is no order's id, and /bookings/orders no booking's.
  addTruckRequests(app, deps)
  addCreateOrder(app, deps)
  addReadOrders(app, deps)
  addOrderEvents(app, deps, deps.streamMs)
  addCancelOrder(app, deps)
  addDisputeCancel(app, deps)
  addBookings(app, deps)
  addTrips(app, deps)

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  })
  let description: object | undefined // it takes 15 ms to make, and anybody may ask
  app.get('/openapi.json', async (c) => {
    c.set('route', '/openapi.json')
    await callerOrStranger(c as RestContext, deps)
    description ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Weelo orders',
        version: deps.health.version.commit,
        description: 'Book trucks, one active order per customer.',
      },
    })
    return c.json(description)
  })
  return app
}

async function answerUnknown(c: RestContext, deps: RestDeps): Promise<Response> {
  const reason = await callerOrStranger(c, deps).then(
    () => refusal('route_is_known'),
    (error) => error,
  )
  return answerProblem(reason, c)
}

function answerProblem(error: unknown, c: RestContext): Response {
  const { status, code, message, rule, data } = explain(error)
  if (status >= 500) c.get('log').error(factsForLog(error), 'request failed')
  if (status === 401) c.header('WWW-Authenticate', 'Bearer')
  if (status === 503 || status === 429) c.header('Retry-After', String(data?.retryAfterSeconds ?? RETRY_AFTER_SECONDS))
  return c.json(
    {
      success: false,
      error: { code, message, ...(status < 500 && rule && { rule }), ...(data && { data }) },
      requestId: c.get('requestId'),
    },
    status,
  )
}
