import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'

/** What every request carries. `route` is the pattern that matched: ids and addresses stay out of the log. */
export type Logged = { requestId: string; route?: string; log: Logger; caller?: { role: string; hash: string } }

/** One line a request, by route pattern: no ids, addresses, phones, tokens or bodies. Also gives every request its id. */
export function requestLog<Env extends { Variables: Logged }>(log: Logger): MiddlewareHandler<Env> {
  return async (c, next) => {
    const startedAt = performance.now()
    const given = c.req.header('x-request-id') ?? ''
    const requestId = /^[\w.-]{1,100}$/.test(given) ? given : randomUUID()
    c.set('requestId', requestId)
    c.set('log', log.child({ requestId }))
    c.header('X-Request-Id', requestId)
    await next()
    const durationMs = Math.round(performance.now() - startedAt)
    const caller = c.get('caller')
    c.get('log').info(
      {
        method: c.req.method,
        route: c.get('route') ?? 'other',
        status: c.res.status,
        durationMs,
        role: caller?.role,
        caller: caller?.hash,
      },
      'request',
    )
  }
}
