// One customer's orders, their trucks and a vehicle that two want: every order of the steps that a seed picks.
import { expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { dueAt, make, newId, newTruck } from '../support/make.ts'
import { range, scaled, tally } from '../support/scale.ts'
import { accept, cancel, cancelSearch, close, complete, create, start, sweep, withdraw } from './calls.ts'
import { deadlocks } from './deadlocks.ts'
import { connect, search } from './duel.ts'
import type { Call } from './rivals.ts'
import { chooser, makeSessions, type Pick, playOut } from './schedule.ts'
import { flawsIn } from './whole-order.ts'

const SESSIONS = 6

const db = await copyDatabase(SESSIONS + 6)
await db.owner.query('update app.settings set creates_per_minute = 1000000')
const clients = await connect(db, SESSIONS)

/** What each call may be refused for; anything else, a deadlock above all, is a fault. */
const refusals: Record<string, string[]> = {
  accept: ['order_is_open', 'truck_request_is_searching', 'one_live_trip_per_vehicle'],
  withdraw: ['trip_move_is_legal'],
  start: ['trip_move_is_legal', 'trip_starts_after_the_search'],
  complete: ['trip_move_is_legal'],
  cancel: ['order_is_cancellable'],
  'cancel search': ['no_truck_is_assigned'],
  create: ['one_active_order_per_customer'],
  sweep: [],
}

/** Six of them, whichever. */
function draw(all: [string, Call][], pick: Pick): [string, Call][] {
  const left = [...all]
  return range(SESSIONS).map(() => left.splice(pick(left.length), 1)[0] as [string, Call])
}

async function run(seed: number) {
  const pick = chooser(seed)
  const [customer, stranger, truck] = [newId(), newId(), newTruck()]
  // Filled or partly filled, within its window or past it, with another order of the customer or without.
  const order = await search(db, { customer, trucks: 2 })
  const first = await make.trip(db.owner, { order, number: 1 })
  const isFilled = pick(2) === 0
  const second = isFilled ? await make.trip(db.owner, { order, number: 2 }) : first
  if (isFilled && pick(4) === 0) await db.owner.query(...start(first.id))
  const other =
    isFilled && pick(2) === 0 && (await search(db, { customer, trucks: 1, dueIn: pick(2) === 0 ? '60 s' : '-1 s' }))
  if (!isFilled && pick(3) === 0) await dueAt(db.owner, customer, order.id, '-1 s')
  const elsewhere = await search(db, { customer: stranger, trucks: 1 })
  const calls: [string, Call][] = [
    ['accept', accept(order, 2, truck)],
    ['accept', accept(other || order, other ? 1 : 2, truck)],
    ['accept', accept(elsewhere, 1, truck)],
    ['withdraw', withdraw(first.id)],
    ['withdraw', withdraw(second.id)],
    ['start', start(first.id)],
    ['complete', complete(first.id)],
    ['cancel', cancel(order)],
    ['cancel search', cancelSearch(other || elsewhere)],
    ['create', create(customer)],
    ['create', create(customer)],
    ['sweep', pick(2) === 0 ? close(order) : sweep()],
  ]
  const sessions = await makeSessions(clients, draw(calls, pick), pick)
  const begun = `${isFilled ? 'filled' : 'partly filled'}${other ? ' and another' : ''}`
  const schedule = `${begun}, ${await playOut(db.owner, sessions, pick)}`
  return { customers: [customer, stranger], schedule, sessions }
}

it('of accepts, withdraws, starts, cancels, creates and sweeps in any order, whatever happened is a whole story', async () => {
  const before = await deadlocks(db.owner)
  const schedules = new Set<string>()
  const outcomes: string[] = []
  for (const seed of range(scaled({ full: 600, small: 60 }))) {
    const { customers, schedule, sessions } = await run(seed)
    schedules.add(schedule)
    for (const { name, rule, waitedFor } of sessions) {
      if (rule !== undefined) expect(refusals[name], `${seed}: ${schedule}`).toContain(rule)
      outcomes.push(`${name} ${rule ?? 'done'}`, waitedFor.length > 0 ? 'waited' : 'went on')
    }
    expect(await flawsIn(db.owner, ...customers), `${seed}: ${schedule}`).toEqual([])
  }
  const counts = tally(outcomes)
  console.log(`${schedules.size} different schedules`, counts)
  for (const [name, rules] of Object.entries(refusals))
    for (const outcome of ['done', ...rules]) expect(counts, `${name} ${outcome}`).toHaveProperty(`${name} ${outcome}`)
  expect(counts.waited).toBeGreaterThan(40)
  expect(await deadlocks(db.owner)).toBe(before)
})
