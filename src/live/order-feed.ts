// What phones and streams of this process wait for. Nobody notifies us, so that creates and cancels pay nothing: we look,
// a few times a second, only at the orders that somebody here listens to, by full key, all in one query.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'

/** Four times a second: with the commit of an expiry in between, a phone hears of it well within its second. */
const LOOK_EVERY_MS = 250
/** Searches that end together are closed in transactions of this many, so that none holds its locks for long. */
const CLOSE_AT_ONCE = 100
/** While the database is away each look fails: one line in the log for all of them. */
const COMPLAIN_EVERY_MS = 10_000

/** As rest.live_messages writes it. `isForCustomer`: every phone of the customer is told, whether it has joined or not. */
export type Message = { name: string; isForCustomer: boolean; data: Record<string, unknown> }
/** One row of app.order_events. */
export type OrderEvent = { id: number; messages: Message[] }
export type Subscription = {
  customerId: string
  orderId: string
  /** The last event that this subscriber knows. Moves on by itself. */
  afterId: number
  onEvent: (event: OrderEvent) => void
  /** Nothing will ever follow: the subscription has ended. */
  onOver?: () => void
}

export type OrderFeed = {
  /** Tells what happened after `afterId` and what happens from now on. Returns how to end it. */
  subscribe: (subscription: Subscription) => () => void
  /** Whether the order is over and nothing has happened after this event. */
  isOver: (customerId: string, orderId: string, afterId: number) => Promise<boolean>
  /** Ends every subscription, telling `onOver`, and the looking. */
  stop: () => Promise<void>
}

type Entry = [subscription: number, id: number | null, what: Message[] | 'due' | 'over']

export function startOrderFeed(call: Call, log: Logger): OrderFeed {
  const subscriptions = new Set<Subscription>()
  const stopping = new AbortController()
  let complainedAt = Number.NEGATIVE_INFINITY

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const hasClosed = await look().catch(complain)
      if (!hasClosed) await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  /** True when searches were closed, whose events are there to be read at once; not for those that somebody holds. */
  async function look(): Promise<boolean> {
    const asked = [...subscriptions]
    const due: Subscription[] = []
    for (const [place, id, what] of await readEntries(call, asked)) {
      const subscription = asked[place - 1]
      if (!subscription || !subscriptions.has(subscription)) continue
      if (what === 'due') due.push(subscription)
      else if (what === 'over') end(subscription)
      else tell(subscription, { id: id ?? 0, messages: what })
    }
    let closed = 0
    for (let i = 0; i < due.length; i += CLOSE_AT_ONCE) closed += await close(due.slice(i, i + CLOSE_AT_ONCE))
    return closed > 0
  }

  function tell(subscription: Subscription, event: OrderEvent): void {
    subscription.afterId = event.id
    subscription.onEvent(event)
  }

  async function close(due: Subscription[]): Promise<number> {
    const text = 'select rest.close_due_orders($1, $2) as closed'
    return (await call<{ closed: number }>({ name: 'close_due_orders', text, values: keysOf(due) })).closed
  }

  function end(subscription: Subscription): void {
    subscriptions.delete(subscription)
    subscription.onOver?.()
  }

  function complain(error: unknown): false {
    if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return false
    complainedAt = performance.now()
    log.warn(factsForLog(error), 'live events could not be read; phones are told as soon as they can be')
    return false
  }

  const running = run()
  return {
    subscribe: (subscription) => {
      subscriptions.add(subscription)
      return () => void subscriptions.delete(subscription)
    },
    isOver: async (customerId, orderId, afterId) => {
      const entries = await readEntries(call, [{ customerId, orderId, afterId }])
      return entries.some(([, , what]) => what === 'over')
    },
    stop: async () => {
      stopping.abort()
      await running
      for (const subscription of subscriptions) end(subscription)
    },
  }
}

type Key = Pick<Subscription, 'customerId' | 'orderId'>

const keysOf = (of: Key[]) => [of.map(({ customerId }) => customerId), of.map(({ orderId }) => orderId)]

async function readEntries(call: Call, of: (Key & { afterId: number })[]): Promise<Entry[]> {
  if (of.length === 0) return []
  const text = 'select rest.live_events($1, $2, $3) as body'
  const values = [...keysOf(of), of.map(({ afterId }) => afterId)]
  const { body } = await call<{ body: string | null }>({ name: 'live_events', text, values })
  return body === null ? [] : JSON.parse(body)
}
