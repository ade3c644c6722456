import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { callerOf } from './auth.ts'
import { dispute } from './booking-schemas.ts'
import { answer, type RestDeps, type RestEnv } from './context.ts'
import { disputeBody } from './order-schemas.ts'
import { orderIdOf, parseBody } from './parse.ts'
import { addRoute } from './route.ts'

const text = 'select rest.dispute_cancel($1, $2, $3, $4) as body'

/** POST …/cancel/dispute and its twin: what is left to a customer whose order can no longer be cancelled. */
export function addDisputeCancel(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  addRoute(
    app,
    deps,
    {
      method: 'post',
      paths: ['/bookings/orders/{orderId}/cancel/dispute', '/orders/{orderId}/cancel/dispute'],
      summary: 'Ask our support to end an order; asked again, it is the same dispute',
      request: {
        params: z.object({ orderId: z.string() }),
        body: { content: { 'application/json': { schema: disputeBody } } },
      },
      answers: { 200: ['Recorded for our support', dispute] },
      refusals: {
        400: 'reasonCode is not a text of 1 to 100 characters, or notes not one of at most 500',
        404: 'The customer has no such order',
      },
    },
    async (c) => {
      const { reasonCode, notes } = await parseBody(c, disputeBody)
      const values = [callerOf(c).userId, orderIdOf(c), reasonCode, notes]
      return answer(c, deps, { name: 'dispute_cancel', text, values })
    },
  )
}
