import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { callerOf } from './auth.ts'
import { answer, type RestContext, type RestDeps, type RestEnv } from './context.ts'
import { listQuery } from './order-schemas.ts'
import { check, parseBody, tripIdOf } from './parse.ts'
import { addRoute } from './route.ts'
import { oneTrip, tripList, withdrawBody } from './trip-schemas.ts'

/** A transporter's own trips. Each move answers the same when it is asked for again. */
export function addTrips(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  addList(app, deps)
  addMove(app, deps, {
    path: '/trips/{tripId}/start',
    summary: 'The truck sets off',
    refusals: {
      409: 'error.rule says which: trip_starts_after_the_search (the order still searches) or trip_move_is_legal',
    },
    name: 'start_trip',
    text: 'select rest.start_trip($1, $2) as body',
  })
  addMove(app, deps, {
    path: '/trips/{tripId}/complete',
    summary: 'The truck has arrived',
    refusals: { 409: 'trip_move_is_legal: the trip has not started, or has ended otherwise' },
    name: 'complete_trip',
    text: 'select rest.complete_trip($1, $2) as body',
  })
  addMove(app, deps, {
    path: '/trips/{tripId}/withdraw',
    summary: 'Take a promised truck back before it sets off',
    body: withdrawBody,
    refusals: {
      400: 'The reason is not a text of at most 500 characters',
      409: 'trip_move_is_legal: the trip has started or ended',
    },
    name: 'withdraw_trip',
    text: 'select rest.withdraw_trip($1, $2, $3) as body',
    valuesOf: async (c) => [(await parseBody(c, withdrawBody)).reason],
  })
}

function addList(app: OpenAPIHono<RestEnv>, deps: RestDeps): void {
  const text = 'select rest.list_trips($1, $2, $3) as body'
  addRoute(
    app,
    deps,
    {
      method: 'get',
      role: 'transporter',
      paths: ['/trips'],
      summary: 'The transporter’s trips, newest first, a page at a time',
      request: { query: listQuery },
      answers: { 200: ['A page', tripList] },
      refusals: { 400: 'page or limit is not valid' },
    },
    (c) => {
      const { page, limit } = check(listQuery, c.req.query())
      return answer(c, deps, { name: 'list_trips', text, values: [callerOf(c).userId, page, limit] })
    },
  )
}

type Move = {
  path: string
  summary: string
  body?: z.ZodType
  refusals: Record<number, string>
  name: string
  text: string
  /** What follows the transporter and the trip. Without it the body is not read. */
  valuesOf?: (c: RestContext) => Promise<unknown[]>
}

function addMove(app: OpenAPIHono<RestEnv>, deps: RestDeps, move: Move): void {
  const { path, summary, body, refusals, name, text, valuesOf } = move
  addRoute(
    app,
    deps,
    {
      method: 'post',
      role: 'transporter',
      paths: [path],
      summary,
      request: {
        params: z.object({ tripId: z.string() }),
        ...(body && { body: { content: { 'application/json': { schema: body } } } }),
      },
      answers: { 200: ['The trip as it is now', oneTrip] },
      refusals: {
        404: 'trip_is_known: the transporter has no such trip; unknown, malformed and another’s answer alike',
        ...refusals,
      },
    },
    async (c) => {
      const more = (await valuesOf?.(c)) ?? []
      return answer(c, deps, { name, text, values: [callerOf(c).userId, tripIdOf(c), ...more] })
    },
  )
}
