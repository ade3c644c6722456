import type { Context, Handler } from 'hono'
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'

/** Who asks, from the token. `hash` stands for the customer in logs. */
export type Caller = { userId: string; role: string; phone: string; name?: string | undefined; hash: string }

/** What every request carries. `route` is the pattern that matched: ids and addresses stay out of the log. */
export type RestEnv = { Variables: { requestId: string; route?: string; caller?: Caller; log: Logger } }
export type RestContext = Context<RestEnv>
export type RestHandler = Handler<RestEnv>

/** What the routes stand on: the one way to the database. */
export type RestDeps = { call: Call; jwtSecret: string; log: Logger }

/** Passes on what SQL has already written as JSON. */
export function json(c: RestContext, text: string, status: 200 | 201 = 200): Response {
  return c.body(text, status, { 'content-type': 'application/json; charset=UTF-8' })
}
