import type { Context, Handler } from 'hono'
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'
import type { Logged } from '../request-log.ts'
import type { Caller } from '../token.ts'

export type RestEnv = { Variables: Logged & { caller?: Caller } }
export type RestContext = Context<RestEnv>
export type RestHandler = Handler<RestEnv>

/** What the routes stand on: the one way to the database. */
export type RestDeps = { call: Call; jwtSecret: string; log: Logger }

/** Passes on what SQL has already written as JSON. */
export function json(c: RestContext, text: string, status: 200 | 201 = 200): Response {
  return c.body(text, status, { 'content-type': 'application/json; charset=UTF-8' })
}
