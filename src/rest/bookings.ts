import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { callerOf } from './auth.ts'
import { bookingList, bookingTrucks, cancelledBooking, oneBooking, tracking } from './booking-schemas.ts'
import { answer, type RestDeps, type RestEnv } from './context.ts'
import { listQuery } from './order-schemas.ts'
import { check, orderIdOf } from './parse.ts'
import { addRoute } from './route.ts'

const params = z.object({ bookingId: z.string().openapi({ description: 'The order’s id' }) })

/** The app's other screens on the same orders, which they call bookings. */
export function addBookings(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  addList(app, deps)
  addByBooking(app, deps, {
    path: '/bookings/{bookingId}',
    summary: 'An order as the booking screens read it',
    schema: oneBooking,
    name: 'booking',
    text: 'select rest.booking($1, $2) as body',
  })
  addByBooking(app, deps, {
    path: '/bookings/{bookingId}/trucks',
    summary: 'The trucks that were found for an order',
    schema: bookingTrucks,
    name: 'booking_trucks',
    text: 'select rest.booking_trucks($1, $2) as body',
  })
  addByBooking(app, deps, {
    path: '/tracking/booking/{bookingId}',
    summary: 'Where the trucks of an order are, as far as that is known',
    schema: tracking,
    name: 'tracking',
    text: 'select rest.tracking($1, $2) as body',
  })
  addByBooking(app, deps, {
    method: 'patch',
    path: '/bookings/{bookingId}/cancel',
    summary: 'Cancel an order, with the reason customer_cancelled',
    schema: cancelledBooking,
    refusals: { 409: 'ORDER_NOT_CANCELLABLE: a trip has started or ended' },
    name: 'cancel_booking',
    text: 'select rest.cancel_booking($1, $2) as body',
  })
}

function addList(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  const text = 'select rest.list_bookings($1, $2, $3) as body'
  addRoute(
    app,
    deps,
    {
      method: 'get',
      paths: ['/bookings'],
      summary: 'My Trips: the customer’s orders, newest first, a page at a time',
      request: { query: listQuery },
      answers: { 200: ['A page', bookingList] },
      refusals: { 400: 'page or limit is not valid' },
    },
    (c) => {
      const { page, limit } = check(listQuery, c.req.query())
      return answer(c, deps, { name: 'list_bookings', text, values: [callerOf(c).userId, page, limit] })
    },
  )
}

type ByBooking = {
  method?: 'get' | 'patch'
  path: string
  summary: string
  schema: z.ZodType
  refusals?: Record<number, string>
  name: string
  text: string
}

/** Whatever body comes along is not read: the app sends an empty one. */
function addByBooking(app: OpenAPIHono<RestEnv>, deps: RestDeps, route: ByBooking): void {
  const { method = 'get', path, summary, schema, refusals, name, text } = route
  addRoute(
    app,
    deps,
    {
      method,
      paths: [path],
      summary,
      request: { params },
      answers: { 200: ['Now', schema] },
      refusals: {
        404: 'The customer has no such order: unknown, malformed and somebody else’s answer alike',
        ...refusals,
      },
    },
    (c) => answer(c, deps, { name, text, values: [callerOf(c).userId, orderIdOf(c)] }),
  )
}
