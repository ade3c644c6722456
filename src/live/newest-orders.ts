// A phone is told when its customer's trucks are all found, also for an order that it has not joined. So every connected
// phone listens to its customer's newest order, which another phone may have placed since.
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'

const LOOK_EVERY_MS = 500

export type NewestOrder = { orderId: string; isLive: boolean; lastEventId: number }
type Watcher = { customerId: string; newestOrderId: string; onNewer: (order: NewestOrder) => void }

/** Sorts before every order. */
export const NO_ORDER = '00000000-0000-0000-0000-000000000000'

/** For each customer the newest order, where it is newer than the one given; by the place in the given list. */
export async function readNewerOrders(
  call: Call,
  known: { customerId: string; newestOrderId: string }[],
): Promise<Map<number, NewestOrder>> {
  const text = 'select rest.newer_orders($1, $2) as body'
  const values = [known.map(({ customerId }) => customerId), known.map(({ newestOrderId }) => newestOrderId)]
  const { body } = await call<{ body: string | null }>({ name: 'newer_orders', text, values })
  const rows: [number, string, boolean, number][] = body === null ? [] : JSON.parse(body)
  return new Map(rows.map(([place, orderId, isLive, lastEventId]) => [place - 1, { orderId, isLive, lastEventId }]))
}

/** Looks for newer orders of every watcher until stopped. */
export function watchNewestOrders(call: Call, log: Logger) {
  const watchers = new Set<Watcher>()
  let isLooking = false

  async function look(): Promise<void> {
    const asked = [...watchers]
    if (isLooking || asked.length === 0) return
    isLooking = true
    try {
      for (const [place, order] of await readNewerOrders(call, asked)) {
        const watcher = asked[place]
        if (!watcher || !watchers.has(watcher)) continue
        watcher.newestOrderId = order.orderId
        watcher.onNewer(order)
      }
    } catch (error) {
      log.debug(factsForLog(error), 'newer orders could not be looked for') // the order feed complains of the same
    } finally {
      isLooking = false
    }
  }

  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    watch: (watcher: Watcher) => {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    stop: () => clearInterval(timer),
  }
}

export type NewestOrders = ReturnType<typeof watchNewestOrders>
