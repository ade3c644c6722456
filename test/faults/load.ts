// Customers who book, over and over: each with an order's key of its own, and a book of what they were told. A create
// whose answer was lost or was no yes is sent again with its key, as the app does, until it is granted.
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '../support/make.ts'
import { crowd, range } from '../support/scale.ts'
import { asCustomer, oneTruck } from '../support/service.ts'
import { ask } from './cluster.ts'

/** `status` 0: the connection broke or nothing came within the limit. */
export type Attempt = { status: number; ms: number; at: number }
export type Granted = { customer: string; key: string; id: string; attempts: number }

/** Longer than any answer may take, so that a hang is seen as one and does not hold the test. */
const GIVE_UP_MS = 15_000
const AGAIN_AFTER_MS = 100

/** What customers were told. */
type Book = {
  attempts: Attempt[]
  /** Acknowledged with 200 or 201. */
  granted: Granted[]
  /** Statuses that were neither a yes nor 503 nor a lost connection. */
  wrong: string[]
  /** How many answers of each kind were no yes: status, code and Retry-After. */
  refusals: Record<string, number>
}

export const isYes = ({ status }: { status: number }) => status === 200 || status === 201

/** Runs `writers` customers at once, a new customer per order, until `stop`. `url` is asked anew for every attempt. */
export function startWriters(url: () => string, writers: number) {
  const book: Book = { attempts: [], granted: [], wrong: [], refusals: {} }
  let isStopping = false
  const running = crowd(range(writers), writers, async () => {
    while (!isStopping) await order(url, book)
  })
  return {
    ...book,
    /** Every key that was begun is granted when this returns. */
    stop: async () => {
      isStopping = true
      await running
    },
    /** Granted per second since this instant of performance.now(). */
    rateSince: (since: number) => {
      const yes = book.attempts.filter((attempt) => attempt.at >= since && isYes(attempt)).length
      return yes / ((performance.now() - since) / 1000)
    },
  }
}

/** One order of a new customer, until it is granted. */
async function order(url: () => string, { attempts, granted, wrong, refusals }: Book): Promise<void> {
  const customer = newId()
  const key = newId()
  for (let tries = 1; ; tries++) {
    const at = performance.now()
    const { status, id, refusal } = await attempt(url(), customer, key)
    attempts.push({ status, ms: performance.now() - at, at })
    if (id) return void granted.push({ customer, key, id, attempts: tries })
    if (refusal) refusals[refusal] = (refusals[refusal] ?? 0) + 1
    if (status !== 0 && status !== 503) wrong.push(`${status}`)
    await sleep(AGAIN_AFTER_MS)
  }
}

async function attempt(
  url: string,
  customerId: string,
  key: string,
): Promise<{ status: number; id?: string; refusal?: string }> {
  const limit = sleep(GIVE_UP_MS, undefined, { ref: false })
  try {
    const customer = await asCustomer(url, customerId)
    const answer = await Promise.race([customer.create(oneTruck, key), limit])
    if (!answer) return { status: 0 }
    const { status, body, headers } = answer
    if (isYes(answer)) return { status, id: body.data.order.id }
    return { status, refusal: `${status} ${body.error?.code} Retry-After ${headers.get('retry-after')}` }
  } catch {
    return { status: 0 }
  }
}

export type Writers = ReturnType<typeof startWriters>

/**
 * What the database holds against what customers were told. All zeros is what must hold. A customer books once, so two
 * orders of one, open or not, are one too many.
 */
export async function losses(databaseUrl: string, granted: Granted[]) {
  const [customers, keys, ids] = [
    granted.map((each) => each.customer),
    granted.map((each) => each.key),
    granted.map((each) => each.id),
  ]
  const [row] = await ask<Record<string, number>>(
    databaseUrl,
    `with told as (select * from unnest($1::uuid[], $2::text[], $3::uuid[]) t(customer_id, key, id))
     select
       (select count(*)::integer from told t where not exists (
          select from app.orders o where (o.customer_id, o.id, o.idempotency_key) = (t.customer_id, t.id, t.key))) as lost,
       (select count(*)::integer from (select from app.orders group by customer_id having count(*) > 1) d) as customers_with_two,
       (select count(*)::integer from (select from app.orders group by customer_id, idempotency_key having count(*) > 1) d) as keys_with_two,
       (select count(*)::integer from app.orders o where o.trucks_requested <> (
          select count(*) from app.truck_requests t where (t.customer_id, t.order_id) = (o.customer_id, o.id))) as without_trucks,
       (select count(*)::integer from app.orders o where 1 <> (
          select count(*) from app.order_events e where (e.customer_id, e.order_id) = (o.customer_id, o.id) and e.from_status is null)) as without_event,
       (select count(*)::integer from app.orders o where not exists (
          select from told t where (t.customer_id, t.key) = (o.customer_id, o.idempotency_key))) as nobody_was_told`,
    [customers, keys, ids],
  )
  return row
}

export const noLosses = {
  lost: 0,
  customers_with_two: 0,
  keys_with_two: 0,
  without_trucks: 0,
  without_event: 0,
  nobody_was_told: 0,
}

/** The value below which this share of the numbers lies. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
