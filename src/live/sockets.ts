// Socket.IO as the app speaks it: the token in the auth payload, join_booking and leave_booking, ping and pong.
import type { Server as HttpServer } from 'node:http'
import type { Logger } from 'pino'
import { type DefaultEventsMap, type Socket, Server as SocketServer } from 'socket.io'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'
import { headers as securityHeaders } from '../http/security-headers.ts'
import type { CountStranger } from '../http/strangers.ts'
import { refuseFor } from '../rest/auth.ts'
import { explain, refusal } from '../rest/explain.ts'
import type { Caller, ReadToken } from '../token.ts'
import type { Admission } from './admission.ts'
import { type FoundOrder, NO_ORDER, readNewestOrders, watchNewestOrders } from './newest-orders.ts'
import type { OrderFeed } from './order-feed.ts'
import { openPhone } from './phone.ts'
import { atMost, within } from './throttle.ts'

/** A phone that vanished is found out when it does not answer: after 45 s at the latest. */
const heartbeat = { pingInterval: 25_000, pingTimeout: 20_000 }
/** What a phone sends is a token or an order's id. */
const LARGEST_MESSAGE_BYTES = 10_000
/** Who has opened a socket must show a token within this. */
const TOKEN_WAIT_MS = 10_000
/** The app sends a ping every 35 s and a join now and then; a phone that sends more is sent away. */
const MESSAGES = { perSecond: 10, burst: 50 }
/** Each holds memory until its ten seconds are over. */
export const MOST_STRANGERS = 2_000
/** Of the public listener's sessions, so that joins cannot take them from requests. */
const JOINS_AT_ONCE = 2

export type SocketDeps = {
  /** For joins; the public listener's sessions. */
  call: Call
  /** For the looking, sessions that busy requests cannot take away. */
  liveCall: Call
  feed: OrderFeed
  admission: Admission
  readToken: ReadToken
  countStranger: CountStranger
  log: Logger
}

type Session = { caller: Caller; found: FoundOrder[] }
type PhoneSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Session>

/** Attaches to a server before it listens. `close` ends every phone in a way after which the app connects again. */
export function serveSockets(server: HttpServer, deps: SocketDeps, timing = heartbeat) {
  const { liveCall, feed, admission, log } = deps
  const io = new SocketServer<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Session>(server, {
    ...timing,
    serveClient: false,
    connectTimeout: TOKEN_WAIT_MS,
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
    allowRequest: (_request, answer) => answer(null, strangers() < MOST_STRANGERS),
  })
  /** Sockets that have not shown a token. */
  const strangers = () => io.engine.clientsCount - io.of('/').sockets.size
  const { 'Cache-Control': _own, ...missing } = securityHeaders
  io.engine.on('headers', (headers: Record<string, string>) => Object.assign(headers, missing))
  const call = atMost(JOINS_AT_ONCE, deps.call) as Call
  const newestOrders = watchNewestOrders(liveCall, log)

  io.use(async (socket, next) => {
    try {
      const { token } = socket.handshake.auth
      const caller = typeof token === 'string' ? await deps.readToken(token) : undefined
      if (!caller) refuseFor(await deps.countStranger(whence(socket)))
      if (!caller || caller === 'ended') throw refusal('token_is_valid')
      if (caller.role !== 'customer') throw refusal('role_is_customer')
      const leave = admission.enter(caller.userId)
      socket.conn.once('close', leave)
      if (socket.conn.readyState !== 'open') leave() // gone while its token was read: no close will follow
      socket.data = { caller, found: await readNewestOrders(call, caller.userId).catch(noneFound) }
      next()
    } catch (error) {
      const { code, message } = explain(error)
      log.info({ code }, 'a phone was refused')
      next(Object.assign(new Error(message), { data: { code } }))
    }
  })

  /** A database that is away must not refuse a phone, which would not come again: the watcher finds the orders later. */
  function noneFound(error: unknown): FoundOrder[] {
    log.warn(factsForLog(error), 'the orders of a phone that connects could not be read')
    return []
  }

  io.on('connection', (socket) => {
    const { caller, found } = socket.data
    const connectedAt = performance.now()
    const phone = openPhone(socket, caller.userId, { feed, call, log })
    const hear = (order: FoundOrder, isNew: boolean) => phone.hear(order, isNew ? 0 : order.lastEventId)
    for (const order of found) hear(order, false)
    const newestOrderId = found.reduce((newest, { orderId }) => (orderId > newest ? orderId : newest), NO_ORDER)
    const unwatch = newestOrders.watch({ customerId: caller.userId, newestOrderId, onFound: hear })
    listenTo(socket, phone)
    log.info({ caller: caller.hash }, 'a phone connected')
    socket.on('disconnect', (reason) => {
      unwatch()
      phone.end()
      const seconds = Math.round((performance.now() - connectedAt) / 1000)
      log.info({ caller: caller.hash, reason, seconds }, 'a phone left')
    })
  })

  return {
    count: () => ({ phones: io.of('/').sockets.size, watched: newestOrders.count() }),
    close: () => {
      newestOrders.stop()
      io.engine.close()
    },
  }
}

const whence = ({ handshake }: PhoneSocket) => ({
  forwardedFor: handshake.headers['x-forwarded-for']?.toString(),
  remote: handshake.address,
})

function listenTo(socket: PhoneSocket, phone: ReturnType<typeof openPhone>): void {
  const { caller } = socket.data
  const isFine = within(MESSAGES.perSecond, MESSAGES.burst)
  socket.use((_packet, next) => {
    if (isFine()) next()
    else socket.conn.close()
  })
  socket.on('join_booking', phone.join)
  socket.on('leave_booking', phone.leave)
  socket.on('ping', () => socket.emit('pong'))
  socket.conn.on('heartbeat', () => {
    if (Date.now() >= caller.expiresAt) socket.conn.close() // and not disconnect(), after which the app would not come again
  })
  socket.conn.on('close', (reason) => {
    if (reason === 'ping timeout') cut(socket.conn.transport)
  })
}

/** A web socket would wait half a minute for the farewell of a phone that is not there. */
function cut(transport: unknown): void {
  const { socket } = transport as { socket?: { terminate?: () => void } }
  socket?.terminate?.()
}
