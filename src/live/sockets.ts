// Socket.IO as the app speaks it: the token in the auth payload, join_booking and leave_booking, ping and pong.
import type { Server as HttpServer } from 'node:http'
import type { Logger } from 'pino'
import { type DefaultEventsMap, Server as SocketServer } from 'socket.io'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'
import { explain, refusal } from '../rest/problems.ts'
import { type Caller, tokenReader } from '../token.ts'
import { type NewestOrder, NO_ORDER, readNewerOrders, watchNewestOrders } from './newest-orders.ts'
import type { OrderFeed } from './order-feed.ts'
import { openPhone } from './phone.ts'

/** A phone that vanished is found out when it does not answer: after 45 s at the latest. */
const heartbeat = { pingInterval: 25_000, pingTimeout: 20_000 }
/** What a phone sends is a token or an order's id. */
const LARGEST_MESSAGE_BYTES = 10_000

export type SocketDeps = {
  /** For joins; a session of the public listener. */
  call: Call
  /** For the looking, a session that busy requests cannot take away. */
  liveCall: Call
  feed: OrderFeed
  jwtSecret: string
  log: Logger
}

type Session = { caller: Caller; newest: NewestOrder | undefined }

/** Attaches to a server before it listens. `close` ends every phone in a way after which the app connects again. */
export function serveSockets(server: HttpServer, deps: SocketDeps, timing = heartbeat) {
  const io = new SocketServer<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Session>(server, {
    ...timing,
    serveClient: false,
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
  })
  const newestOrders = watchNewestOrders(deps.liveCall, deps.log)
  const read = tokenReader(deps.jwtSecret)

  io.use(async (socket, next) => {
    try {
      const { token } = socket.handshake.auth
      const caller = typeof token === 'string' ? await read(token) : undefined
      if (!caller) throw refusal('token_is_valid')
      if (caller.role !== 'customer') throw refusal('role_is_customer')
      const newest = await readNewerOrders(deps.call, [{ customerId: caller.userId, newestOrderId: NO_ORDER }])
      socket.data = { caller, newest: newest.get(0) }
      next()
    } catch (error) {
      next(refused(error, deps.log))
    }
  })

  io.on('connection', (socket) => {
    const { caller, newest } = socket.data
    const phone = openPhone(socket, caller.userId, deps.feed, deps.call)
    if (newest) phone.hear(newest, newest.lastEventId)
    const unwatch = newestOrders.watch({
      customerId: caller.userId,
      newestOrderId: newest?.orderId ?? NO_ORDER,
      onNewer: (order) => phone.hear(order, 0), // placed since the phone connected: all of it is news
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
    socket.on('disconnect', () => {
      unwatch()
      phone.end()
    })
  })

  return {
    close: () => {
      newestOrders.stop()
      io.engine.close()
    },
  }
}

/** A web socket would wait half a minute for the farewell of a phone that is not there. */
function cut(transport: unknown): void {
  const { socket } = transport as { socket?: { terminate?: () => void } }
  socket?.terminate?.()
}

function refused(error: unknown, log: Logger): Error {
  const { status, code, message } = explain(error)
  if (status >= 500) log.error(factsForLog(error), 'a phone could not connect')
  return Object.assign(new Error(message), { data: { code } })
}
