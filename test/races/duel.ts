// Calls at the same moment, each in a session of its own that commits by itself.
import type pg from 'pg'
import { atTheEnd } from '../support/at-the-end.ts'
import type { DatabaseCopy } from '../support/database.ts'
import { dueAt, make } from '../support/make.ts'
import { range } from '../support/scale.ts'
import { type Call, type Outcome, outcomeOf } from './rivals.ts'

/** Sessions for the whole file. */
export async function connect(db: DatabaseCopy, sessions: number): Promise<pg.PoolClient[]> {
  const clients = await Promise.all(range(sessions).map(() => db.owner.connect()))
  atTheEnd(() => {
    for (const client of clients) client.release(true)
  })
  return clients
}

/** A timer is a millisecond coarse, a whole call takes two. */
function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Calls both, the second `lateByMs` later, or the first when that is negative. */
export async function duel(
  sessions: pg.PoolClient[],
  calls: [Call, Call],
  lateByMs: number,
): Promise<[Outcome, Outcome]> {
  const [early, late] = lateByMs < 0 ? ([1, 0] as const) : ([0, 1] as const)
  const outcomes: Promise<Outcome>[] = []
  const begin = (i: 0 | 1) => {
    outcomes[i] = outcomeOf(sessions[i] as pg.PoolClient, calls[i])
  }
  begin(early)
  spin(Math.abs(lateByMs))
  begin(late)
  return Promise.all(outcomes) as Promise<[Outcome, Outcome]>
}

/** From -1.5 to 1.5 ms, another one each round: less than a call takes, so that the two meet. */
export const leadOf = (round: number): number => ((round * 7) % 31) / 10 - 1.5

type Search = { customer?: string; trucks?: number; dueIn?: string }

/** An order that searches, each of its trucks at another price. */
export async function search(db: DatabaseCopy, { dueIn, ...options }: Search = {}) {
  const order = await make.order(db.owner, options)
  await db.owner.query(
    `with priced as (
       update app.truck_requests set price_per_truck = 1000 + request_number where customer_id = $1 and order_id = $2 returning price_per_truck)
     update app.orders set total_amount = (select sum(price_per_truck) from priced) where customer_id = $1 and id = $2`,
    [order.customer, order.id],
  )
  if (dueIn) await dueAt(db.owner, order.customer, order.id, dueIn)
  return order
}
