import type { OpenAPIHono, RouteConfig, z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { BODY_LIMIT_BYTES } from '../body-limit.ts'
import { failure } from './answer-schemas.ts'
import { authenticate } from './auth.ts'
import type { RestDeps, RestEnv, RestHandler } from './context.ts'
import { refusal } from './problems.ts'

type Route = {
  method: 'get' | 'post' | 'delete'
  /** One or more paths under /api/v1: the app calls most routes by two names. `{orderId}` is a parameter. */
  paths: string[]
  summary: string
  request?: RouteConfig['request']
  answers: Record<number, [description: string, schema: z.ZodType]>
  refusals: Record<number, string>
}

/** Registers a customer's route under each of its paths, behind the token and the body limit, and documents it. */
export function addRoute(app: OpenAPIHono<RestEnv>, deps: RestDeps, route: Route, handler: RestHandler): void {
  const isCustomer = authenticate(deps.jwtSecret, 'customer')
  const isSmall = bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: refuseBody })
  const content = (schema: z.ZodType) => ({ 'application/json': { schema } })
  const responses: RouteConfig['responses'] = {}
  for (const [status, [description, schema]] of Object.entries(route.answers))
    responses[status] = { description, content: content(schema) }
  for (const [status, description] of Object.entries({
    401: 'No usable token',
    403: 'Not a customer',
    500: 'A fault of ours; the request id leads to it in the log',
    503: 'The database is busy or away; try again after Retry-After seconds',
    ...route.refusals,
  }))
    responses[status] = { description, content: content(failure) }
  for (const path of route.paths.map((p) => `/api/v1${p}`)) {
    const { method, summary, request } = route
    app.openAPIRegistry.registerPath({ method, path, summary, request, responses, security: [{ bearer: [] }] })
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1')
    const named: RestHandler = (c, next) => {
      c.set('route', pattern)
      return next()
    }
    app.on(method.toUpperCase(), pattern, named, isCustomer, isSmall, handler)
  }
}

function refuseBody(): never {
  throw refusal('body_is_within_64_kib')
}
