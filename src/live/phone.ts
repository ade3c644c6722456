// One connected phone: what it has joined, and what it is therefore told.
import type { Socket } from 'socket.io'
import { z } from 'zod'
import type { Call } from '../db/pool.ts'
import { explain } from '../rest/problems.ts'
import type { NewestOrder } from './newest-orders.ts'
import type { OrderEvent, OrderFeed } from './order-feed.ts'

/** The app joins one order at a time; a phone that asks for many more is not the app. */
const MOST_ORDERS = 20

type Heard = { isJoined: boolean; end: () => void }
export type Phone = {
  join: (orderId: unknown) => Promise<void>
  leave: (orderId: unknown) => void
  /** Listens to the customer's newest order, not joined, after this event. */
  hear: (order: NewestOrder, afterId: number) => void
  end: () => void
}

const uuid = z.guid()

export function openPhone(socket: Socket, customerId: string, feed: OrderFeed, call: Call): Phone {
  const heard = new Map<string, Heard>()
  let joining = 0

  function listen(orderId: string, afterId: number, isJoined: boolean): void {
    heard.get(orderId)?.end()
    const entry: Heard = { isJoined, end: () => {} }
    const stop = feed.subscribe({
      customerId,
      orderId,
      afterId,
      onEvent: (event) => tell(entry, event),
      onOver: forget,
    })
    entry.end = stop
    heard.set(orderId, entry)
    function forget(): void {
      if (heard.get(orderId) === entry) heard.delete(orderId)
    }
  }

  function tell({ isJoined }: Heard, { messages }: OrderEvent): void {
    for (const { name, isForCustomer, data } of messages) if (isJoined || isForCustomer) socket.emit(name, data)
  }

  async function join(orderId: unknown): Promise<void> {
    const id = uuid.safeParse(orderId)
    if (!id.success)
      return complain('ORDER_NOT_FOUND', 'Send join_booking with the id of one of your orders as plain text.')
    if (heard.size + joining >= MOST_ORDERS && !heard.has(id.data))
      return complain('TOO_MANY_ORDERS', `A phone joins at most ${MOST_ORDERS} orders. Send leave_booking first.`)
    joining++
    try {
      const text = 'select rest.joined_order($1, $2) as after_id'
      const row = await call<{ after_id: string }>({ name: 'joined_order', text, values: [customerId, id.data] })
      if (socket.connected) listen(id.data.toLowerCase(), Number(row.after_id), true)
    } catch (error) {
      const { code, message } = explain(error)
      complain(code, message)
    } finally {
      joining--
    }
  }

  function complain(code: string, message: string): void {
    socket.emit('error', { code, message })
  }

  return {
    join,
    /** Goes on listening: that every truck was found is told to a phone that has left, too. */
    leave: (orderId) => {
      const entry = heard.get(String(orderId).toLowerCase())
      if (entry) entry.isJoined = false
    },
    hear: ({ orderId, isLive }, afterId) => {
      if (isLive && !heard.has(orderId)) listen(orderId, afterId, false)
    },
    end: () => {
      for (const { end } of heard.values()) end()
      heard.clear()
    },
  }
}
