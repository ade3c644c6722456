import { pino } from 'pino'
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
} from 'postgraphile/graphql'
import { createAdminApp } from '../../src/admin/app.ts'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { listen } from '../../src/http/listen.ts'
import { strangersWithinLimit } from '../../src/http/strangers.ts'
import { addDatabase } from '../../src/metrics/database-gauges.ts'
import { signToken, tokenReader } from '../../src/token.ts'
import { atTheEnd } from './at-the-end.ts'
import { newId } from './make.ts'
import { areStatementsNamed } from './pooler.ts'
import { testMetrics, testVersion } from './running.ts'
import { testSecret } from './secret.ts'

/** The admin listener on a database copy, with real sockets and the real admin login. Stopped after the file. */
export async function startAdmin(
  { adminUrl }: { adminUrl: string },
  { isProduction = false, secrets = [testSecret], replicaUrl = '' } = {},
) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: undefined }, { write: (line) => lines.push(JSON.parse(line)) })
  const pool = makePool(adminUrl, 4, () => {}, { areStatementsNamed })
  let uses = 0
  pool.on('acquire', () => uses++)
  const health = makePool(adminUrl, 1, () => {}, { areStatementsNamed })
  const replica = replicaUrl ? makePool(replicaUrl, 4, () => {}, { areStatementsNamed }) : undefined
  const metrics = testMetrics()
  const call = makeCall(health)
  const { app, graphql } = createAdminApp({
    call,
    version: testVersion,
    isStopping: () => false,
    log,
    readToken: tokenReader(secrets),
    metrics,
    countStranger: strangersWithinLimit(0),
    readMetrics: addDatabase(metrics.register, call, async () => ({ problem: undefined })),
    isProduction,
    pool,
    replica,
  })
  const listener = await listen(app, '127.0.0.1', 0, 'ADMIN_PORT')
  atTheEnd(async () => {
    await listener.close()
    await graphql?.release()
    await Promise.all([pool, health, replica].map((each) => each?.end()))
  })
  /** `sqlUses`: how often GraphQL has taken a database session; unchanged, a query was refused before SQL. */
  return { url: listener.url, lines, pool, replica, sqlUses: () => uses }
}

type Row = { id: string; [field: string]: unknown }
type Page = {
  nodes: Row[]
  edges: { cursor: string; node: Row }[]
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string }
}

/** Every field that a test reads, as if present: one that is absent fails the assertion that reads it. */
type Data = {
  orders: Page
  truckRequests: Page
  orderEvents: Page
  trips: Page
  disputes: Page
  order: Row & { timeline: Record<string, unknown>[]; truckRequests: Page; trips: Page }
  trip: Row
  orderCounts: { status: string; orderCount: number }[]
  explainCustomer: Record<string, unknown>[]
  sweeps: Record<string, unknown>[]
  settings: { createsPerMinute: number; searchWindow: Record<string, number>; tripAlarm: Record<string, number> }
  cancelOrder: { order: Row }
  completeTrip: { trip: Row }
  withdrawTrip: { trip: Row }
  eraseCustomer: { erasedCount: number }
  expireDueOrders: { closedCount: number }
  changeSettings: { settings: Data['settings'] }
  [field: string]: unknown
}
type Refusal = {
  message: string
  path: (string | number)[]
  extensions: { code: string; rule: string; hint: string; errorId: string }
}
export type AdminAnswer = {
  status: number
  headers: Headers
  text: string
  data: Data
  errors: Refusal[]
  extensions: Record<string, unknown> | undefined
}

export type Admin = Awaited<ReturnType<typeof asRole>>

/** Who asks: somebody whose token says this role. */
export async function asRole(url: string, role: string, userId: string = newId()) {
  const token = await signToken(testSecret, { userId, phone: '', role }, '1 hour')
  const send = (body: string, headers: Record<string, string> = {}) =>
    postGraphql(url, body, { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers })
  return {
    userId,
    token,
    /** The body byte for byte. */
    send,
    query: (query: string, variables?: Record<string, unknown>) => send(JSON.stringify({ query, variables })),
  }
}

export const asAdmin = (url: string, userId?: string): Promise<Admin> => asRole(url, 'admin', userId)
export const asSupport = (url: string, userId?: string): Promise<Admin> => asRole(url, 'support', userId)

/** What is sent is up to the caller; the answer must be JSON. */
export async function postGraphql(
  url: string,
  body: string | Uint8Array<ArrayBuffer> | FormData | URLSearchParams,
  headers: Record<string, string>,
): Promise<AdminAnswer> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body })
  const text = await response.text()
  const answer = JSON.parse(text) as Pick<AdminAnswer, 'data' | 'extensions'> & { errors?: Refusal[] }
  return { errors: [], ...answer, status: response.status, headers: response.headers, text }
}

/** The schema as it is shown to whoever asks, descriptions included. */
export async function schemaOf({ query }: Admin): Promise<GraphQLSchema> {
  const { data } = await query(getIntrospectionQuery())
  return buildClientSchema(data as unknown as IntrospectionQuery)
}

export const idsOf = ({ nodes }: { nodes: { id: string }[] }): string[] => nodes.map(({ id }) => id)
