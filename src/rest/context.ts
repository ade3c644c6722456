import type { Context, Handler } from 'hono'
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'
import type { Logged } from '../http/request-log.ts'
import type { CountStranger } from '../http/strangers.ts'
import type { Admission } from '../live/admission.ts'
import type { OrderFeed } from '../live/order-feed.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Caller, ReadToken } from '../token.ts'

export type RestEnv = { Variables: Logged & { caller?: Caller } }
export type RestContext = Context<RestEnv>
export type RestHandler = Handler<RestEnv>

/** What the routes stand on: the one way to the database, and what streams listen to. */
export type RestDeps = {
  call: Call
  readToken: ReadToken
  countStranger: CountStranger
  log: Logger
  metrics: Metrics
  feed: OrderFeed
  admission: Admission
}

/** Passes on what SQL has already written as JSON. */
export function json(c: RestContext, text: string, status: 200 | 201 = 200): Response {
  return c.body(text, status, { 'content-type': 'application/json; charset=UTF-8' })
}

/** Calls one function of schema rest, by name, and passes on what it has written. */
export async function answer(c: RestContext, { call }: RestDeps, statement: Parameters<Call>[0]): Promise<Response> {
  return json(c, (await call<{ body: string }>(statement)).body)
}
