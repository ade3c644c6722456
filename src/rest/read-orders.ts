import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { activeOrder, cancelPreview, orderDetail, orderList, orderStatus } from './answer-schemas.ts'
import { callerOf } from './auth.ts'
import { answer, type RestDeps, type RestEnv } from './context.ts'
import { listQuery } from './order-schemas.ts'
import { check, orderIdOf } from './parse.ts'
import { addRoute } from './route.ts'

const params = z.object({ orderId: z.string() })
const unknownOrder = { 404: 'The customer has no such order: unknown, malformed and somebody else’s answer alike' }

/** The routes that only read. check-active comes first: it would otherwise be taken for an order id. */
export function addReadOrders(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  addCheckActive(app, deps)
  addList(app, deps)
  addByOrder(app, deps, {
    paths: ['/orders/{orderId}/status', '/bookings/orders/{orderId}/status'],
    summary: 'What is true of an order now, by the database clock',
    schema: orderStatus,
    name: 'order_status',
    text: 'select rest.order_status($1, $2) as body',
  })
  addByOrder(app, deps, {
    paths: ['/bookings/orders/{orderId}/cancel-preview', '/orders/{orderId}/cancel-preview'],
    summary: 'What a cancel would do now',
    schema: cancelPreview,
    name: 'cancel_preview',
    text: 'select rest.cancel_preview($1, $2) as body',
  })
  addByOrder(app, deps, {
    paths: ['/orders/{orderId}', '/bookings/orders/{orderId}'],
    summary: 'An order with its truck requests',
    schema: orderDetail,
    name: 'order_detail',
    text: 'select rest.order_detail($1, $2) as body',
  })
}

function addCheckActive(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  const text = 'select rest.check_active($1) as body'
  addRoute(
    app,
    deps,
    {
      method: 'get',
      paths: ['/orders/check-active'],
      summary: 'The order that would refuse a create now, or none',
      answers: { 200: ['Whether there is one, and which', activeOrder] },
      refusals: {},
    },
    (c) => answer(c, deps, { name: 'check_active', text, values: [callerOf(c).userId] }),
  )
}

function addList(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  const text = 'select rest.list_orders($1, $2, $3) as body'
  addRoute(
    app,
    deps,
    {
      method: 'get',
      paths: ['/orders', '/bookings/orders'],
      summary: 'The customer’s orders, newest first, a page at a time',
      request: { query: listQuery },
      answers: { 200: ['A page', orderList] },
      refusals: { 400: 'page or limit is not valid' },
    },
    (c) => {
      const { page, limit } = check(listQuery, c.req.query())
      return answer(c, deps, { name: 'list_orders', text, values: [callerOf(c).userId, page, limit] })
    },
  )
}

type ByOrder = { paths: string[]; summary: string; schema: z.ZodType; name: string; text: string }

function addByOrder(app: OpenAPIHono<RestEnv>, deps: RestDeps, route: ByOrder): void {
  const { paths, summary, schema, name, text } = route
  addRoute(
    app,
    deps,
    { method: 'get', paths, summary, request: { params }, answers: { 200: ['Now', schema] }, refusals: unknownOrder },
    (c) => answer(c, deps, { name, text, values: [callerOf(c).userId, orderIdOf(c)] }),
  )
}
