import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { cancelledOrder } from './answer-schemas.ts'
import { callerOf } from './auth.ts'
import { answer, type RestDeps, type RestEnv } from './context.ts'
import { cancelBody } from './order-schemas.ts'
import { orderIdOf, parseBody } from './parse.ts'
import { addRoute } from './route.ts'

const text = 'select rest.cancel_order($1, $2, $3) as body'

/** POST …/cancel and its twin; DELETE for older phones, which send no body. A 200 means committed. */
export function addCancelOrder(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  for (const method of ['post', 'delete'] as const)
    addRoute(
      app,
      deps,
      {
        method,
        paths: ['/orders/{orderId}/cancel', '/bookings/orders/{orderId}/cancel'],
        summary: 'Cancel an order; one that is already cancelled or expired answers 200 with its true status',
        request: {
          params: z.object({ orderId: z.string() }),
          ...(method === 'post' && { body: { content: { 'application/json': { schema: cancelBody } } } }),
        },
        answers: { 200: ['Committed', cancelledOrder] },
        refusals: {
          400: 'The reason is not a text of at most 500 characters',
          404: 'The customer has no such order',
          409: 'ORDER_NOT_CANCELLABLE: a trip has started or ended. TRUCK_ASSIGNED: the reason is retry_after_timeout, which ends a search only, and a truck is assigned',
        },
      },
      async (c) => {
        const { reason } = await parseBody(c, cancelBody)
        const values = [callerOf(c).userId, orderIdOf(c), reason]
        return answer(c, deps, { name: 'cancel_order', text, values })
      },
    )
}
