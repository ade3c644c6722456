import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { isOver, type OrderEvent, type OrderFeed } from '../live/order-feed.ts'
import { callerOf } from './auth.ts'
import type { RestContext, RestDeps, RestEnv } from './context.ts'
import { check, orderIdOf } from './parse.ts'
import { addRoute } from './route.ts'

/**
 * A stream ends after this and its client comes again with Last-Event-ID, so nothing is missed. A client that vanished
 * does not: nothing else would tell us within a minute, because what we send waits in the kernel for a quarter of an hour.
 */
const STREAM_MS = 45_000
/** Something to send keeps proxies from ending a quiet stream. */
const STILL_HERE_EVERY_MS = 15_000
const COME_AGAIN_AFTER_MS = 1_000

const params = z.object({ orderId: z.string() })
const lastEventId = z.object({
  'Last-Event-ID': z
    .string()
    .regex(/^\d{1,15}$/, 'must be the id of an event')
    .optional(),
})

/** GET …/events: what phones hear over Socket.IO, as server-sent events, each row of app.order_events under its id. */
export function addOrderEvents(app: OpenAPIHono<RestEnv>, deps: RestDeps, streamMs = STREAM_MS): void {
  addRoute(
    app,
    deps,
    {
      method: 'get',
      paths: ['/orders/{orderId}/events', '/bookings/orders/{orderId}/events'],
      summary:
        'The order’s live events: how it stands, or what happened after Last-Event-ID, and what happens from now on',
      request: { params, headers: lastEventId },
      answers: {
        200: ['A stream of at most 45 s; come again with Last-Event-ID', z.string(), 'text/event-stream'],
        204: ['The order is over and nothing followed: do not come again'],
      },
      refusals: {
        400: 'Last-Event-ID is no id',
        404: 'The customer has no such order',
        429: 'The customer listens in too many places',
      },
    },
    async (c) => {
      const { userId: customerId } = callerOf(c)
      const orderId = orderIdOf(c)
      const given = check(lastEventId, { 'Last-Event-ID': c.req.header('Last-Event-ID') || undefined })['Last-Event-ID']
      const text = 'select rest.joined_order($1, $2) as after_id'
      const row = await deps.call<{ after_id: string }>({ name: 'joined_order', text, values: [customerId, orderId] })
      const from = { customerId, orderId, afterId: Number(given ?? row.after_id) }
      if (await isOver(deps.call, from)) return c.body(null, 204)
      return stream(c, deps.feed, { ...from, leave: deps.admission.enter(customerId) }, streamMs)
    },
  )
}

type From = { customerId: string; orderId: string; afterId: number; leave: () => void }

function stream(c: RestContext, feed: OrderFeed, { leave, ...from }: From, streamMs: number): Response {
  const response = streamSSE(c, (sse) => {
    const { promise, resolve: end } = Promise.withResolvers<void>()
    const unsubscribe = feed.subscribe({ ...from, onEvent: (event) => write(sse, event), onOver: end })
    const stillHere = setInterval(() => sse.write(': still here\n\n'), STILL_HERE_EVERY_MS)
    const limit = setTimeout(end, streamMs)
    sse.onAbort(end)
    sse.write(`retry: ${COME_AGAIN_AFTER_MS}\n\n`)
    return promise.finally(() => {
      unsubscribe()
      leave()
      clearInterval(stillHere)
      clearTimeout(limit)
    })
  })
  response.headers.append('Cache-Control', 'no-store') // beside Hono's no-cache, which lets it be kept
  response.headers.set('Connection', 'close') // that of a client that vanished would be kept, idle, for a minute more
  return response
}

/** The id comes with the last message of a row, so that a client that was cut off in between gets the whole row again. */
function write(sse: SSEStreamingApi, { id, messages }: OrderEvent): void {
  const lines = messages.map(({ name, data }) => `event: ${name}\ndata: ${JSON.stringify(data)}\n`)
  sse.write(`${lines.join('\n')}id: ${id}\n\n`)
}
