// A phone is told when its customer's trucks are all found, also for an order that it has not joined. So every connected
// phone listens to its customer's orders that another phone has placed since, and to an older one that searches again.
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'
import { seldom } from './order-feed.ts'

const LOOK_EVERY_MS = 500

export type FoundOrder = { orderId: string; isLive: boolean; lastEventId: number }
type Known = { customerId: string; newestOrderId: string }
type Watcher = Known & { onFound: (order: FoundOrder, isNew: boolean) => void }

/** Sorts before every order. */
export const NO_ORDER = '00000000-0000-0000-0000-000000000000'

async function readNewerOrders(call: Call, known: Known[]): Promise<{ place: number; order: FoundOrder }[]> {
  const text = 'select rest.newer_orders($1, $2) as body'
  const values = [known.map(({ customerId }) => customerId), known.map(({ newestOrderId }) => newestOrderId)]
  const { body } = await call<{ body: string | null }>({ name: 'newer_orders', text, values })
  const rows: [number, string, boolean, number][] = body === null ? [] : JSON.parse(body)
  return rows.map(([place, orderId, isLive, lastEventId]) => ({
    place: place - 1,
    order: { orderId, isLive, lastEventId },
  }))
}

/** The customer's newest orders. */
export async function readNewestOrders(call: Call, customerId: string): Promise<FoundOrder[]> {
  return (await readNewerOrders(call, [{ customerId, newestOrderId: NO_ORDER }])).map(({ order }) => order)
}

/** Looks for newer orders of every watcher until stopped. */
export function watchNewestOrders(call: Call, log: Logger) {
  const watchers = new Set<Watcher>()
  const complain = seldom((error) => log.warn(factsForLog(error), 'newer orders of connected phones could not be read'))
  let isLooking = false

  async function look(): Promise<void> {
    const asked = [...watchers]
    const knownBefore = asked.map(({ newestOrderId }) => newestOrderId)
    for (const { place, order } of await readNewerOrders(call, asked)) {
      const watcher = asked[place]
      if (!watcher || !watchers.has(watcher)) continue
      const isNew = order.orderId > (knownBefore[place] ?? NO_ORDER)
      if (order.orderId > watcher.newestOrderId) watcher.newestOrderId = order.orderId
      watcher.onFound(order, isNew)
    }
  }

  async function lookUnlessLooking(): Promise<void> {
    if (isLooking || watchers.size === 0) return
    isLooking = true
    await look().catch(complain)
    isLooking = false
  }

  const timer = setInterval(lookUnlessLooking, LOOK_EVERY_MS)
  return {
    watch: (watcher: Watcher) => {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    count: () => watchers.size,
    stop: () => clearInterval(timer),
  }
}
