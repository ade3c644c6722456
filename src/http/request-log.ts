import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'

/** What every request carries. `route` is the pattern that matched: ids and addresses stay out of the log. */
export type Logged = { requestId: string; route?: string; log: Logger; caller?: { role: string; hash: string } }

type Observe = (facts: { method: string; route: string; status: number; durationMs: number }) => void

/**
 * One line a request, by route pattern: no ids, addresses, phones, tokens or bodies. `caller` is a hash. Also gives
 * every request its id, and tells its facts to `observe`.
 */
export function requestLog<Env extends { Variables: Logged }>(log: Logger, observe: Observe): MiddlewareHandler<Env> {
  return async (c, next) => {
    const startedAt = performance.now()
    const given = c.req.header('x-request-id') ?? ''
    const requestId = /^[\w.-]{1,100}$/.test(given) ? given : randomUUID()
    c.set('requestId', requestId)
    c.set('log', log.child({ requestId }))
    c.header('X-Request-Id', requestId)
    await next()
    const durationMs = performance.now() - startedAt
    const facts = { method: methodOf(c.req.method), route: c.get('route') ?? 'other', status: c.res.status }
    observe({ ...facts, durationMs })
    const caller = c.get('caller')
    c.get('log').info(
      { ...facts, durationMs: Math.round(durationMs), role: caller?.role, caller: caller?.hash },
      'request',
    )
  }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Anybody may invent methods, and each would be a time series of its own. */
const methodOf = (method: string): string => (METHODS.has(method) ? method : 'other')
