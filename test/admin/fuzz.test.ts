// Queries that nobody wrote. Each must get an answer, and none may say that the fault is ours.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { asAdmin, asSupport, schemaOf, startAdmin } from '../support/admin.ts'
import { copyDatabase } from '../support/database.ts'
import { make } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'
import { randomRequest } from '../support/random-query.ts'
import { crowd, scaled, tally } from '../support/scale.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const admin = await asAdmin(service.url)
const support = await asSupport(service.url)
const schema = await schemaOf(admin)

const orders = await crowd(
  statuses.flatMap((status) => [
    { status, dueIn: '1 hour' },
    { status, dueIn: '-1 s' },
  ]),
  4,
  (state) => make.order(db.owner, { trucks: 3, ...state }),
)
const filled = await crowd([0, 1, 2], 3, (started) => make.filled(db.owner, { trucks: 3, started }))
const trips = filled.flatMap((order) => order.trips)
for (const { customer, id } of filled)
  await db.owner.query("select api.dispute_cancel($1, $2, 'customer_request', 'late')", [customer, id])
const { data } = await admin.query(
  '{ orders { edges { cursor } } trips { edges { cursor } } disputes { edges { cursor } } }',
)
const cursors = [data.orders, data.trips, data.disputes].flatMap(({ edges }) => edges.map(({ cursor }) => cursor))
const known = {
  ids: [
    ...[...orders, ...filled].flatMap(({ id, customer }) => [id, customer]),
    ...trips.flatMap(({ id, transporter, vehicle, phone }) => [id, transporter, vehicle, phone]),
  ],
  cursors,
}

it('every query gets JSON with data or errors, never a 5xx, and never a bug of ours', async () => {
  const kinds: string[] = []
  await fc.assert(
    fc.asyncProperty(fc.gen(), fc.constantFrom(admin, support), async (generate, who) => {
      const { query, variables } = randomRequest(schema, known, (arbitrary) => generate(() => arbitrary))
      const { status, text, data, errors } = await who.query(query, variables)
      const about = `${query}\n${JSON.stringify(variables)}\n${text}`
      expect([200, 400], about).toContain(status)
      expect(data !== undefined || errors.length > 0, about).toBe(true)
      for (const { message, extensions } of errors) {
        expect(message.length, about).toBeGreaterThan(10)
        expect(extensions.code, about).not.toBe('INTERNAL_ERROR')
      }
      kinds.push(errors.length === 0 ? 'answered' : status === 200 ? 'answered in part' : 'refused')
    }),
    { numRuns: scaled({ full: 3_000, small: 200 }), endOnFailure: true },
  )
  const counts = tally(kinds)
  for (const kind of ['answered', 'refused'])
    expect(counts[kind], JSON.stringify(counts)).toBeGreaterThan(kinds.length / 10)
  expect(service.lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
})

it('the service still answers afterwards', async () => {
  const { data, errors } = await admin.query('{ orders { totalCount } }')
  expect([data.orders.totalCount, errors]).toEqual([orders.length + filled.length, []])
})
