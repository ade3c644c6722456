// One connected phone: which orders it wants to hear of, and what it is therefore told.
import type { Logger } from 'pino'
import type { Socket } from 'socket.io'
import { z } from 'zod'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'
import { explain } from '../rest/explain.ts'
import type { FoundOrder } from './newest-orders.ts'
import type { OrderEvent, OrderFeed } from './order-feed.ts'

/** The app joins one order at a time; a phone that asks for many more is not the app. */
const MOST_JOINED = 20

/** `end` is absent while it is being read from where to listen. */
type Heard = { isJoined: boolean; isReading?: boolean; end?: () => void }
type PhoneDeps = { feed: OrderFeed; call: Call; log: Logger }

const uuid = z.guid().toLowerCase()

export function openPhone(socket: Socket, customerId: string, { feed, call, log }: PhoneDeps) {
  const heard = new Map<string, Heard>()
  const joined = () => [...heard.values()].filter(({ isJoined }) => isJoined).length

  /** Begins to listen, or goes back to where this order is told from. */
  function listen(orderId: string, entry: Heard, afterId: number): void {
    entry.end?.()
    const onEvent = ({ messages }: OrderEvent) => {
      for (const { name, isForCustomer, data } of messages) if (entry.isJoined || isForCustomer) socket.emit(name, data)
    }
    entry.end = feed.subscribe({ customerId, orderId, afterId, onEvent, onOver: () => forget(orderId, entry) })
    heard.set(orderId, entry)
  }

  function forget(orderId: string, entry: Heard): void {
    entry.end?.()
    if (heard.get(orderId) === entry) heard.delete(orderId)
  }

  async function join(given: unknown): Promise<void> {
    const { data: orderId } = uuid.safeParse(given)
    if (orderId === undefined)
      return complain('ORDER_NOT_FOUND', 'Send join_booking with the id of one of your orders as plain text.')
    const entry = heard.get(orderId) ?? { isJoined: false }
    if (!entry.isJoined && joined() >= MOST_JOINED)
      return complain('TOO_MANY_ORDERS', `A phone joins at most ${MOST_JOINED} orders. Send leave_booking first.`)
    entry.isJoined = true
    heard.set(orderId, entry)
    makeRoom()
    if (entry.isReading) return // whoever reads will see that it is joined
    entry.isReading = true
    try {
      const text = 'select rest.joined_order($1, $2) as after_id'
      const row = await call<{ after_id: string }>({ name: 'joined_order', text, values: [customerId, orderId] })
      if (socket.connected) listen(orderId, entry, Number(row.after_id))
    } catch (error) {
      refuseJoin(orderId, entry, error)
    } finally {
      entry.isReading = false
    }
  }

  /** An order that is left is heard on, for the news that every truck was found, but not in the place of a joined one. */
  function makeRoom(): void {
    for (const [orderId, entry] of heard) {
      if (heard.size <= MOST_JOINED) return
      if (!entry.isJoined && !entry.isReading) forget(orderId, entry)
    }
  }

  function refuseJoin(orderId: string, entry: Heard, error: unknown): void {
    forget(orderId, entry)
    const { status, code, message } = explain(error)
    if (status < 500) {
      complain(code, message)
      return
    }
    // The app would never ask again on this socket. When it is closed the app comes again, and joins again.
    log.warn(factsForLog(error), 'a join failed; the phone is sent away to come again')
    socket.conn.close()
  }

  function complain(code: string, message: string): void {
    socket.emit('error', { code, message })
  }

  return {
    join,
    /** Goes on listening: that every truck was found is told to a phone that has left, too. */
    leave: (given: unknown): void => {
      const { data: orderId } = uuid.safeParse(given)
      const entry = orderId === undefined ? undefined : heard.get(orderId)
      if (entry) entry.isJoined = false
    },
    /** Listens to an order that is not joined, after this event. */
    hear: ({ orderId, isLive }: FoundOrder, afterId: number): void => {
      if (isLive && !heard.has(orderId)) listen(orderId, { isJoined: false }, afterId)
      makeRoom()
    },
    end: (): void => {
      for (const { end } of heard.values()) end?.()
      heard.clear()
    },
  }
}
