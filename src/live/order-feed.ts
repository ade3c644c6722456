// What phones and streams of this process wait for. Nobody notifies us, so that creates and cancels pay nothing: we look,
// a few times a second, only at the orders that somebody here listens to, by full key.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Call } from '../db/pool.ts'
import { factsForLog } from '../facts-for-log.ts'

/** Four times a second: with the commit of an expiry in between, a phone hears of it well within its second. */
const LOOK_EVERY_MS = 250
/** One question for all of them, up to this many: a look at 5,000 takes some 25 ms. */
const ASK_AT_ONCE = 5_000
/** rest.live_events tells at most this many events of one subscription; then there may be more. */
const TOLD_AT_ONCE = 100
/** Searches that end together are closed in transactions of this many, so that none holds its locks for long. */
const CLOSE_AT_ONCE = 100
/** While the database is away each look fails: one line in the log for all of them. */
const COMPLAIN_EVERY_MS = 10_000
/** A look may wait some seconds for a database that fell silent; a stop does not. */
const STOP_WAIT_MS = 1_000

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
  /** Nothing will ever follow, or the process stops: the subscription has ended. */
  onOver?: () => void
}

export type OrderFeed = {
  /** Tells what happened after `afterId` and what happens from now on. Returns how to end it. */
  subscribe: (subscription: Subscription) => () => void
  /** How many subscriptions there are. */
  count: () => number
  /** Ends every subscription, telling `onOver`, and the looking. */
  stop: () => Promise<void>
}

type Entry = [subscription: number, id: number | null, what: Message[] | 'due' | 'over']

export function startOrderFeed(call: Call, log: Logger): OrderFeed {
  const subscriptions = new Set<Subscription>()
  const stopping = new AbortController()
  const complain = seldom((error: unknown) =>
    log.warn(factsForLog(error), 'live events could not be read; phones are told as soon as they can be'),
  )

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const isMoreToTell = await lookAtAll().catch(complain)
      if (!isMoreToTell) await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  /** True when there is more to be told at once. */
  async function lookAtAll(): Promise<boolean> {
    let isMoreToTell = false
    const all = [...subscriptions]
    for (let i = 0; i < all.length; i += ASK_AT_ONCE) if (await look(all.slice(i, i + ASK_AT_ONCE))) isMoreToTell = true
    return isMoreToTell
  }

  async function look(asked: Subscription[]): Promise<boolean> {
    const due: Subscription[] = []
    const told = new Map<Subscription, number>()
    for (const [place, id, what] of await readEntries(call, asked)) {
      const subscription = asked[place - 1]
      if (!subscription || !subscriptions.has(subscription)) continue
      if (what === 'due') due.push(subscription)
      else if (what === 'over') end(subscription)
      else {
        subscription.afterId = id ?? 0
        told.set(subscription, (told.get(subscription) ?? 0) + 1)
        subscription.onEvent({ id: id ?? 0, messages: what })
      }
    }
    const closed = await closeAll(due)
    return closed > 0 || [...told.values()].some((count) => count >= TOLD_AT_ONCE)
  }

  /** How many could be closed; what somebody holds is left for the next look. */
  async function closeAll(due: Subscription[]): Promise<number> {
    let closed = 0
    for (let i = 0; i < due.length; i += CLOSE_AT_ONCE) {
      const batch = due.slice(i, i + CLOSE_AT_ONCE)
      try {
        closed += await close(batch)
      } catch (error) {
        // One of them fails, perhaps for ever: the others must not wait for it.
        complain(error)
        for (const one of batch) closed += await close([one]).catch(() => 0)
      }
    }
    return closed
  }

  async function close(due: Subscription[]): Promise<number> {
    const text = 'select rest.close_due_orders($1, $2) as closed'
    return (await call<{ closed: number }>({ name: 'close_due_orders', text, values: keysOf(due) })).closed
  }

  function end(subscription: Subscription): void {
    subscriptions.delete(subscription)
    subscription.onOver?.()
  }

  const running = run()
  return {
    subscribe: (subscription) => {
      subscriptions.add(subscription)
      return () => void subscriptions.delete(subscription)
    },
    count: () => subscriptions.size,
    stop: async () => {
      stopping.abort()
      for (const subscription of subscriptions) end(subscription)
      await Promise.race([running, sleep(STOP_WAIT_MS, undefined, { ref: false })])
    },
  }
}

type Key = Pick<Subscription, 'customerId' | 'orderId'>
type From = Key & { afterId: number }

/** Whether the order is over and nothing has happened after this event. */
export async function isOver(call: Call, from: From): Promise<boolean> {
  return (await readEntries(call, [from])).some(([, , what]) => what === 'over')
}

const keysOf = (of: Key[]) => [of.map(({ customerId }) => customerId), of.map(({ orderId }) => orderId)]

async function readEntries(call: Call, of: From[]): Promise<Entry[]> {
  if (of.length === 0) return []
  const text = 'select rest.live_events($1, $2, $3) as body'
  const values = [...keysOf(of), of.map(({ afterId }) => afterId)]
  const { body } = await call<{ body: string | null }>({ name: 'live_events', text, values })
  return body === null ? [] : JSON.parse(body)
}

/** For what fails again and again. Returns false, so that it can stand where an answer was expected. */
export function seldom(complain: (error: unknown) => void): (error: unknown) => false {
  let at = Number.NEGATIVE_INFINITY
  return (error) => {
    if (performance.now() - at >= COMPLAIN_EVERY_MS) {
      at = performance.now()
      complain(error)
    }
    return false
  }
}
