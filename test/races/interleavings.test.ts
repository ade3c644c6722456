// Four sessions, each "begin and call" then "commit or rollback": every order of the eight steps that a seed picks.
import type pg from 'pg'
import { expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { range, scaled } from '../support/scale.ts'
import { cancel, create, sweep } from './calls.ts'
import type { Call } from './rivals.ts'
import { chooser, makeSessions, playOut, type Session } from './schedule.ts'

const db = await copyDatabase(12)
await db.owner.query('update app.settings set creates_per_minute = 1000000')

async function run(seed: number, clients: pg.PoolClient[]) {
  const pick = chooser(seed)
  const customer = newId()
  const start = (['none', 'open', 'stale', 'stale and partly filled'] as const)[pick(4) as 0 | 1 | 2 | 3]
  const order =
    start === 'none'
      ? undefined
      : await make.order(db.owner, {
          customer,
          status: start === 'stale and partly filled' ? 'partially_filled' : 'active',
          dueIn: start === 'open' ? '60 s' : '-1 s',
        })
  const calls: [string, Call][] = [
    ['create', create(customer)],
    ['create', create(customer)],
    ['cancel', cancel({ customer, id: order?.id ?? newId() })],
    [
      'sweep',
      pick(2) === 0
        ? [
            'select api.close_due_order(o.customer_id, o.id) from app.orders o where o.customer_id = $1 and o.is_open',
            [customer],
          ]
        : sweep(10),
    ],
  ]
  const sessions = await makeSessions(clients, calls, pick)
  const isGrantedAndOpen = ({ name, state, rule }: Session) =>
    name === 'create' && state === 'called' && rule === undefined
  const schedule = await playOut(
    db.owner,
    sessions,
    pick,
    ({ name }) => name === 'create' && sessions.some(isGrantedAndOpen),
  )
  return { customer, schedule: `${start}, ${schedule}`, sessions }
}

it('of two creates, a cancel and a sweep in any order, every wait is for a rival and one open order is left at most', async () => {
  const clients = await Promise.all(range(4).map(() => db.owner.connect()))
  const schedules = new Set<string>()
  let waits = 0
  for (const seed of range(scaled({ full: 600, small: 120 }))) {
    const { customer, schedule, sessions } = await run(seed, clients)
    schedules.add(schedule)
    waits += sessions.filter((session) => session.waitedFor.length > 0).length
    const rules = sessions.map((session) => session.rule).filter((rule) => rule !== undefined)
    for (const rule of rules) expect(['one_active_order_per_customer', 'order_is_known'], schedule).toContain(rule)
    const { rows } = await db.owner.query(
      `select count(*) filter (where is_open)::integer as open,
         bool_and((select e.to_status from app.order_events e where (e.customer_id, e.order_id) = (o.customer_id, o.id) order by e.id desc limit 1) = o.status) as told
       from app.orders o where customer_id = $1`,
      [customer],
    )
    expect(rows[0].open, schedule).toBeLessThanOrEqual(1)
    expect(rows[0].told ?? true, schedule).toBe(true)
    const granted = sessions.filter((s) => s.name === 'create' && s.rule === undefined && s.end === 'commit').length
    const unhindered = sessions.every((s) => s.end === 'commit' || s.name === 'create')
    if (unhindered && schedule.startsWith('stale')) expect(granted, schedule).toBeLessThanOrEqual(1)
  }
  for (const client of clients) client.release()
  console.log(`${schedules.size} different schedules, ${waits} waits`)
  expect(schedules.size).toBeGreaterThanOrEqual(100)
  expect(waits).toBeGreaterThan(20)
})
