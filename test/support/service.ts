import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { listen } from '../../src/http/listen.ts'
import { strangersWithinLimit } from '../../src/http/strangers.ts'
import { admission } from '../../src/live/admission.ts'
import { startOrderFeed } from '../../src/live/order-feed.ts'
import { serveSockets } from '../../src/live/sockets.ts'
import { createApp } from '../../src/rest/app.ts'
import { signToken, tokenReader } from '../../src/token.ts'
import { atTheEnd } from './at-the-end.ts'
import { newId, newTruck } from './make.ts'
import { areStatementsNamed } from './pooler.ts'
import { testMetrics, testVersion } from './running.ts'
import { testSecret } from './secret.ts'

/**
 * The public listener on a database copy, with real sockets, live events and the real REST login. Stopped after the
 * file, or before by `stop`. `timing`: how soon clients that vanished are given up, when not as usual.
 */
export async function startService(
  { restUrl }: { restUrl: string },
  sessions = 10,
  timing?: Timing,
  { secrets = [testSecret], trustedProxies = 0 } = {},
) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: undefined }, { write: (line) => lines.push(JSON.parse(line)) })
  const pool = makePool(restUrl, sessions, () => {}, { areStatementsNamed })
  const live = makePool(restUrl, 2, () => {}, { areStatementsNamed })
  const [call, liveCall] = [makeCall(pool), makeCall(live)]
  const feed = startOrderFeed(liveCall, log)
  const listeners = admission()
  const readToken = tokenReader(secrets)
  const metrics = testMetrics()
  const countStranger = strangersWithinLimit(trustedProxies)
  const app = createApp({
    call,
    readToken,
    countStranger,
    log,
    metrics,
    feed,
    admission: listeners,
    ...(timing && { streamMs: timing.streamMs }),
    health: { call, version: testVersion, isStopping: () => false, log },
  })
  let sockets: ReturnType<typeof serveSockets> | undefined
  let connections = async () => 0
  const attach = (server: Server) => {
    connections = promisify(server.getConnections.bind(server))
    sockets = serveSockets(
      server,
      { call, liveCall, feed, admission: listeners, readToken, countStranger, log },
      timing,
    )
  }
  const listener = await listen(app, '127.0.0.1', 0, 'PORT', { attach })
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    sockets?.close()
    await feed.stop()
    await listener.close()
    await Promise.all([pool.end(), live.end()])
  }
  atTheEnd(stop)
  /** Who listens: it returns to nothing when everybody has gone. */
  const listening = () => ({ ...sockets?.count(), admitted: listeners.count(), subscriptions: feed.count() })
  return { url: listener.url, lines, log, metrics, stop, connections: () => connections(), listening }
}

type Timing = { pingInterval: number; pingTimeout: number; streamMs: number }

type WireOrder = { id: string; status: string; expiresIn: number; [field: string]: unknown }
type WireTrip = { tripId: string; status: string; [field: string]: unknown }
type WireBooking = { id: string; status: string; pricePerTruck: number; [field: string]: unknown }
type WireActiveOrder = { orderId: string; status: string; remainingSeconds: number; [field: string]: unknown }

/** Every field that a test reads, as if present: one that is absent fails the assertion that reads it. */
export type Body = {
  success: boolean
  requestId: string
  error: {
    code: string
    message: string
    rule: string
    data: {
      activeOrder: WireActiveOrder
      fields: { path: string; message: string }[]
      retryAfterSeconds: number
      [fact: string]: unknown
    }
  }
  data: {
    order: WireOrder
    orders: WireOrder[]
    truckRequests: { id: string; truckRequestId: string; status: string; vehicleType: string }[]
    requests: { id: string; status: string }[]
    summary: Record<string, number>
    trip: WireTrip
    trips: WireTrip[]
    booking: WireBooking
    bookings: WireBooking[]
    trucks: WireTrip[]
    disputeId: string
    hasActiveOrder: boolean
    activeOrder: WireActiveOrder
    orderId: string
    status: string
    isActive: boolean
    remainingSeconds: number
    cancelDecision: string
    total: number
    hasMore: boolean
    [field: string]: unknown
  }
}
export type Answer = { status: number; headers: Headers; text: string; body: Body }

export type Customer = Awaited<ReturnType<typeof asCustomer>>

/** Who asks: a customer with a token of their own, new unless named. */
export async function asCustomer(url: string, id: string = newId(), secret = testSecret) {
  const token = await signToken(secret, { userId: id, phone: '9876543210', role: 'customer', name: 'Asha' }, '1 hour')
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    request(url, method, path, body, { authorization: `Bearer ${token}`, ...headers })
  return {
    id,
    token,
    send,
    get: (path: string) => send('GET', `/api/v1${path}`),
    post: (path: string, body?: unknown, headers?: Record<string, string>) =>
      send('POST', `/api/v1${path}`, body, headers),
    create: (body: unknown = oneTruck, key?: string) =>
      send('POST', '/api/v1/orders', body, key === undefined ? {} : { 'x-idempotency-key': key }),
    cancel: (orderId: string, reason?: string) => send('POST', `/api/v1/orders/${orderId}/cancel`, { reason }),
  }
}

export type Transporter = Awaited<ReturnType<typeof asTransporter>>

/** Who asks: a transporter with a token of their own, new unless named. */
export async function asTransporter(url: string, id: string = newId(), secret = testSecret) {
  const token = await signToken(secret, { userId: id, phone: '9123456780', role: 'transporter' }, '1 hour')
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    request(url, method, `/api/v1${path}`, body, { authorization: `Bearer ${token}`, ...headers })
  return {
    id,
    token,
    send,
    get: (path: string) => send('GET', path),
    accept: (truckRequestId: string, { vehicle, driver, phone } = newTruck()) =>
      send('POST', '/orders/accept', {
        truckRequestId,
        vehicleNumber: vehicle,
        driverName: driver,
        driverPhone: phone,
      }),
    start: (tripId: string) => send('POST', `/trips/${tripId}/start`),
    complete: (tripId: string) => send('POST', `/trips/${tripId}/complete`),
    withdraw: (tripId: string, reason?: string) => send('POST', `/trips/${tripId}/withdraw`, { reason }),
  }
}

/** One request; a string body is sent byte for byte. */
export async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(url + path, {
    method,
    headers: { ...(sent !== undefined && { 'content-type': 'application/json; charset=UTF-8' }), ...headers },
    body: sent as string | undefined,
    redirect: 'manual',
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parse(text) }
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body
  } catch {
    return {} as Body
  }
}

const contract = join(import.meta.dirname, '..', 'contract')

/** A real body of the app, byte for byte. */
export const example = (name: string): string => readFileSync(join(contract, 'examples', `${name}.json`), 'utf8')
export const oneTruck = example('create-one-truck')
