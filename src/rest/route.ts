import type { OpenAPIHono, RouteConfig, z } from '@hono/zod-openapi'
import { failure } from './answer-schemas.ts'
import type { RestEnv, RestHandler } from './context.ts'

type Route = {
  method: 'get' | 'post' | 'delete'
  /** One or more paths under /api/v1: the app calls most routes by two names. `{orderId}` is a parameter. */
  paths: string[]
  summary: string
  request?: RouteConfig['request']
  answers: Record<number, [description: string, schema: z.ZodType]>
  refusals: Record<number, string>
}

/** Registers a handler under each of its paths, and documents it. */
export function addRoute(app: OpenAPIHono<RestEnv>, route: Route, handler: RestHandler): void {
  const content = (schema: z.ZodType) => ({ 'application/json': { schema } })
  const responses: RouteConfig['responses'] = {}
  for (const [status, [description, schema]] of Object.entries(route.answers))
    responses[status] = { description, content: content(schema) }
  for (const [status, description] of Object.entries({
    401: 'No usable token',
    403: 'Not a customer',
    ...route.refusals,
  }))
    responses[status] = { description, content: content(failure) }
  for (const path of route.paths.map((p) => `/api/v1${p}`)) {
    const { method, summary, request } = route
    app.openAPIRegistry.registerPath({ method, path, summary, request, responses, security: [{ bearer: [] }] })
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(method.toUpperCase(), pattern, (c, next) => {
      c.set('route', pattern)
      return handler(c, next)
    })
  }
}
