import type { OpenAPIHono } from '@hono/zod-openapi'
import { callerOf } from './auth.ts'
import { answer, type RestDeps, type RestEnv } from './context.ts'
import { check, parseBody } from './parse.ts'
import { addRoute } from './route.ts'
import { acceptBody, oneTrip, openTruckRequests, openTruckRequestsQuery } from './trip-schemas.ts'

/** What transporters see of orders: the truck requests that search now, and the promise of a truck for one of them. */
export function addTruckRequests(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  addOpen(app, deps)
  addAccept(app, deps)
}

function addOpen(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  const text = 'select rest.open_truck_requests($1, $2, $3, $4) as body'
  addRoute(
    app,
    deps,
    {
      method: 'get',
      role: 'transporter',
      paths: ['/orders/active'],
      summary: 'The truck requests that search now, newest first; 17 Feet, 17 FT and 17ft are the same',
      request: { query: openTruckRequestsQuery },
      answers: { 200: ['A page', openTruckRequests] },
      refusals: { 400: 'vehicleType, vehicleSubtype, page or limit is not valid' },
    },
    (c) => {
      const { vehicleType, vehicleSubtype, page, limit } = check(openTruckRequestsQuery, c.req.query())
      const values = [vehicleType, vehicleSubtype, page, limit]
      return answer(c, deps, { name: 'open_truck_requests', text, values })
    },
  )
}

function addAccept(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  const text = 'select rest.accept_truck_request($1, $2, $3, $4, $5) as body'
  addRoute(
    app,
    deps,
    {
      method: 'post',
      role: 'transporter',
      paths: ['/orders/accept'],
      summary: 'Promise a truck for a truck request; the same attempt again answers the same trip',
      request: { body: { required: true, content: { 'application/json': { schema: acceptBody } } } },
      answers: { 200: ['The trip that was made of it', oneTrip] },
      refusals: {
        400: 'A field is missing or not valid; error.data.fields has the path of each',
        404: 'truck_request_is_known: there is no such truck request; a malformed id answers alike',
        409: 'error.rule says which: truck_request_is_searching (taken, or no longer sought), order_is_open (the order is filled, over, or its search has ended), one_live_trip_per_vehicle or one_live_trip_per_driver (busy)',
      },
    },
    async (c) => {
      const { truckRequestId, vehicleNumber, driverName, driverPhone } = await parseBody(c, acceptBody)
      const values = [callerOf(c).userId, truckRequestId, vehicleNumber, driverName, driverPhone]
      return answer(c, deps, { name: 'accept_truck_request', text, values })
    },
  )
}
