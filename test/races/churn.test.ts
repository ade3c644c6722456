// Many clients, few customers, every kind of call at once; then the history of what they saw is judged.
import type pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { copyDatabase, one } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { range, scaled, tally } from '../support/scale.ts'
import { oneTruck } from '../support/service.ts'
import { deadlocks } from './deadlocks.ts'
import { type Call, objectionsTo } from './history.ts'

const clients = scaled({ full: 64, small: 16 })
const durationMs = scaled({ full: 60_000, small: 5_000 })
const fewestCalls = scaled({ full: 100_000, small: 1_000 })
/** For the mapping of the database's clock to ours, and the milliseconds that the wire rounds to. */
const TOLERANCE_MS = 4

const db = await copyDatabase(4)
await db.owner.query("update app.settings set search_window = '1 s', creates_per_minute = 1000000")
const pool = makePool(db.restUrl, clients, () => {})
const call = makeCall(pool)
afterAll(() => pool.end())

/** What to add to a time of the database to get one of performance.now(), from the quickest of many questions. */
async function clockOffset(): Promise<number> {
  let best = { trip: Number.POSITIVE_INFINITY, offset: 0 }
  for (const _ of range(50)) {
    const start = performance.now()
    const { now } = await one<{ now: number }>(
      db.owner,
      'select (extract(epoch from clock_timestamp()) * 1000)::double precision as now',
    )
    const end = performance.now()
    if (end - start < best.trip) best = { trip: end - start, offset: (start + end) / 2 - now }
  }
  return best.offset
}

type Customer = { id: string; lastOrder?: string; cancelShare: number }
type Answer = { data: { order: { id: string; expiresAt: string }; activeOrder?: { orderId: string }; status: string } }
const answerOf = async (name: string, text: string, values: unknown[]) =>
  JSON.parse((await call<{ body: string }>({ name, text, values })).body) as Answer

/** Makes calls and notes what they showed. Two of the customers cancel often, so the others' orders end by the clock. */
async function churn(offset: number) {
  const customers: Customer[] = [0.15, 0.15, 0.0005, 0.0005].map((cancelShare) => ({ id: newId(), cancelShare }))
  const history: Call[] = []
  const errors: string[] = []
  const counts: string[] = []
  const over = performance.now() + durationMs

  async function create(customer: Customer): Promise<void> {
    const start = performance.now()
    try {
      const text = 'select r.body from rest.create_order($1, $2, $3, $4, $5) r'
      const { data } = await answerOf('create_order', text, [customer.id, '', '', newId(), oneTruck])
      const end = performance.now()
      const { id: order, expiresAt } = data.order
      customer.lastOrder = order
      history.push({
        customer: customer.id,
        start,
        end,
        kind: 'created',
        order,
        expiresAt: Date.parse(expiresAt) + offset,
      })
    } catch (error) {
      const end = performance.now()
      const { constraint, code, detail } = error as pg.DatabaseError
      if (constraint !== 'one_active_order_per_customer') {
        errors.push(`create: ${constraint ?? code ?? error}`)
        return
      }
      const order = JSON.parse(detail ?? '').activeOrder.orderId as string
      customer.lastOrder = order
      history.push({ customer: customer.id, start, end, kind: 'named', order })
    }
  }

  async function check(customer: Customer): Promise<void> {
    const start = performance.now()
    const { data } = await answerOf('check_active', 'select rest.check_active($1) as body', [customer.id])
    const end = performance.now()
    const order = data.activeOrder?.orderId
    if (order === undefined) history.push({ customer: customer.id, start, end, kind: 'none' })
    else history.push({ customer: customer.id, start, end, kind: 'named', order })
  }

  async function cancel(customer: Customer): Promise<void> {
    const order = customer.lastOrder
    if (order === undefined) return
    const start = performance.now()
    const text = 'select rest.cancel_order($1, $2, $3) as body'
    const { data } = await answerOf('cancel_order', text, [customer.id, order, ''])
    history.push({ customer: customer.id, start, end: performance.now(), kind: 'ended', order, status: data.status })
  }

  async function client(index: number): Promise<void> {
    const customer = customers[index % customers.length] as Customer
    while (performance.now() < over) {
      const dice = Math.random()
      const [name, work] =
        dice < customer.cancelShare
          ? (['cancel', () => cancel(customer)] as const)
          : dice < customer.cancelShare + 0.05
            ? (['sweep', () => db.owner.query('select api.expire_due_orders()')] as const)
            : dice < customer.cancelShare + 0.5
              ? (['create', () => create(customer)] as const)
              : (['check', () => check(customer)] as const)
      counts.push(name)
      await work().catch((error) => errors.push(`${name}: ${error.constraint ?? error.code ?? error}`))
    }
  }

  await Promise.all(range(clients).map(client))
  return { history, errors, counts }
}

it('in a churn of creates, cancels, checks and sweeps every answer fits one open order at a time', async () => {
  const before = await deadlocks(db.owner)
  const offset = await clockOffset()
  const { history, errors, counts } = await churn(offset)
  const drift = Math.abs((await clockOffset()) - offset)
  console.log(
    `${counts.length} calls ${JSON.stringify(tally(counts))}, seen ${JSON.stringify(tally(history.map((c) => c.kind)))}, errors ${JSON.stringify(tally(errors))}`,
  )

  expect(objectionsTo(history, TOLERANCE_MS + drift)).toEqual([])
  for (const error of errors) expect(error).toBe('create: order_is_contended')
  expect(await deadlocks(db.owner)).toBe(before)
  expect(counts.length).toBeGreaterThanOrEqual(fewestCalls)
  const created = history.filter((seen) => seen.kind === 'created').length
  await db.owner.query('select api.expire_due_orders(100000)')
  expect(await lifeInTheDatabase()).toMatchObject({ orders: created, overlaps: 0, odd: 0 })
  const { by_cancel, by_clock } = await lifeInTheDatabase()
  expect(by_cancel).toBeGreaterThan(10)
  expect(by_clock).toBeGreaterThan(3)
})

/** The orders' lives as their events tell them, from the record of the creation to the instant of the end. */
const lifeInTheDatabase = () =>
  one<{ orders: number; overlaps: number; odd: number; by_cancel: number; by_clock: number }>(
    db.owner,
    `with life as (
       select e.customer_id, e.order_id,
         min(e.recorded_at) filter (where e.from_status is null) as began_at,
         coalesce(min(e.occurred_at) filter (where e.to_status in ('cancelled', 'expired')), 'infinity') as ended_at,
         min(e.to_status) filter (where e.from_status is not null) as ended_as,
         count(*) filter (where e.from_status is null) <> 1
           or count(*) filter (where e.to_status in ('cancelled', 'expired')) > 1
           or count(*) > 2 as is_odd
       from app.order_events e group by e.customer_id, e.order_id),
     row_by_row as (
       select l.*, max(l.ended_at) over (partition by l.customer_id order by l.began_at rows between unbounded preceding and 1 preceding) as others_ended_at
       from life l)
     select count(*)::integer as orders,
       (count(*) filter (where r.began_at < r.others_ended_at))::integer as overlaps,
       (count(*) filter (where r.is_odd))::integer as odd,
       (count(*) filter (where r.ended_as = 'cancelled'))::integer as by_cancel,
       (count(*) filter (where r.ended_as = 'expired'))::integer as by_clock
     from row_by_row r`,
  )

describe('the judge of histories', () => {
  const customer = 'Asha'
  const created = (order: string, start: number, end: number, expiresAt = 1000): Call => ({
    customer,
    start,
    end,
    kind: 'created',
    order,
    expiresAt,
  })
  const named = (order: string, start: number, end: number): Call => ({ customer, start, end, kind: 'named', order })
  const none = (start: number, end: number): Call => ({ customer, start, end, kind: 'none' })
  const ended = (order: string, start: number, end: number, status = 'cancelled'): Call => ({
    customer,
    start,
    end,
    kind: 'ended',
    order,
    status,
  })

  it.each<[string, Call[]]>([
    ['nothing', [none(0, 1)]],
    ['an order that is cancelled, then another', [created('a', 0, 10), ended('a', 20, 30), created('b', 31, 40)]],
    ['an order that ends by the clock, then another', [created('a', 0, 10), created('b', 1001, 1010, 2001)]],
    ['answers that overlap a create', [created('a', 0, 10), none(5, 12), named('a', 1, 3)]],
    ['answers that overlap a cancel', [created('a', 0, 10), ended('a', 20, 30), named('a', 25, 40), none(15, 25)]],
    ['a create that overlaps a cancel', [created('a', 0, 10), ended('a', 20, 30), created('b', 15, 25)]],
    ['a name within the tolerance of the end', [created('a', 0, 10), named('a', 1003, 1010)]],
    ['a none within the tolerance of the end', [created('a', 0, 10), none(990, 998)]],
    ['a cancel of what has expired', [created('a', 0, 10), ended('a', 1010, 1020, 'expired')]],
    ['orders of two customers', [created('a', 0, 10), { ...created('b', 20, 30), customer: 'Bina' }]],
  ])('has nothing against %s', (_, history) => {
    expect(objectionsTo(history, 4)).toEqual([])
  })

  it.each<[string, string, Call[]]>([
    ['none while an order is open', 'none, while a was open', [created('a', 0, 10), none(20, 30)]],
    ['a second create meanwhile', 'b was created while a was open', [created('a', 0, 10), created('b', 20, 30)]],
    ['two creates at once that both won', 'a and b were open at once', [created('a', 0, 10), created('b', 5, 12)]],
    [
      'two that were open at once though both were cancelled later',
      'a and b were open at once',
      [created('a', 0, 10), created('b', 5, 12), ended('a', 20, 30), ended('b', 20, 30)],
    ],
    [
      'a name after the cancel was answered',
      'a was named as open when it cannot have been',
      [created('a', 0, 10), ended('a', 20, 30), named('a', 31, 40)],
    ],
    [
      'a name after another order was created',
      'a was named as open when it cannot have been',
      [created('a', 0, 10), ended('a', 20, 60), created('b', 25, 30), named('a', 31, 40)],
    ],
    [
      'a name after a none',
      'a was named as open when it cannot have been',
      [created('a', 0, 10), ended('a', 20, 60), none(25, 30), named('a', 31, 40)],
    ],
    [
      'a name after the end of the search',
      'a was named as open when it cannot have been',
      [created('a', 0, 10), named('a', 1005, 1010)],
    ],
    [
      'a name before the create began',
      'a was named as open when it cannot have been',
      [created('a', 20, 30), named('a', 0, 10)],
    ],
    ['an order that nobody created', 'x was named, but nobody of this customer created it', [named('x', 0, 10)]],
    ['an expiry before its time', 'a expired before its time', [created('a', 0, 10), ended('a', 20, 30, 'expired')]],
    [
      'a cancel after the end of the search',
      'a was cancelled after it had expired',
      [created('a', 0, 10), ended('a', 1005, 1010)],
    ],
    [
      'two ends of one order',
      'a ended in more than one way',
      [created('a', 0, 10), ended('a', 990, 1010), ended('a', 1020, 1030, 'expired')],
    ],
    ['an end before the beginning', 'a was closed before it was created', [ended('a', 0, 5), created('a', 10, 20)]],
  ])('objects to %s', (_, objection, history) => {
    expect(objectionsTo(history, 4)).toContain(objection)
  })
})
