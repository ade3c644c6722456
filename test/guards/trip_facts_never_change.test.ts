import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { moveTrip, tripPath, tripStatuses } from '../support/move-by-hand.ts'

const rule = 'trip_facts_never_change'
const set = (change: string) => `update app.trips set ${change} where id = $1`

/** What would make each column another value that every other rule allows. */
const facts = {
  customer_id: 'customer_id = $2',
  order_id: 'order_id = $2',
  id: 'id = $2',
  request_number: 'request_number = 2',
  transporter_id: 'transporter_id = $2',
  created_at: "created_at = created_at - interval '1 s'",
}

describe('trip_facts_never_change', () => {
  it.each(Object.entries(facts))(
    'refuses another %s, of a trip that is live and of one that has ended',
    (column, change) =>
      rolledBack(async (db) => {
        for (const status of tripStatuses) {
          const other = await make.order(db, { status: 'fully_filled' })
          const { id, order } = await make.trip(db, { order: await make.order(db, { customer: other.customer }) })
          for (const step of tripPath[status]) await db.query(moveTrip, [id, step])
          let value = newId()
          if (column === 'customer_id') await db.query(createOrderSql('p_order_id => $2'), [value, order.id])
          if (column === 'order_id') value = other.id
          const values = change.includes('$2') ? [id, value] : [id]
          const refusal = await expectRefused(db, [set(change), values], 'OR409', rule)
          expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: id, status })
        }
      })(),
  )

  it.each(tripStatuses)('of a trip that is %s keeps the vehicle and the times only once it has ended', (status) =>
    rolledBack(async (db) => {
      const { id } = await make.trip(db)
      for (const step of tripPath[status]) await db.query(moveTrip, [id, step])
      const isLive = status === 'driver_accepted' || status === 'in_transit'
      const changes = ["vehicle_number = 'KA01'"]
      if (status === 'in_transit' || status === 'completed') changes.push("started_at = started_at - interval '1 s'")
      if (!isLive) changes.push("ended_at = ended_at - interval '1 s'")
      for (const change of changes)
        if (isLive) expect((await db.query(set(change), [id])).rowCount, change).toBe(1)
        else await expectRefused(db, [set(change), [id]], 'OR409', rule)
    })(),
  )

  it.each(['completed', 'withdrawn', 'cancelled'] as const)(
    'of a trip that is %s lets the reason of its end become blank, and nothing else',
    (status) =>
      rolledBack(async (db) => {
        const { id } = await make.trip(db)
        for (const step of tripPath[status].slice(0, -1)) await db.query(moveTrip, [id, step])
        await db.query(`${moveTrip.replace('set status = $2,', "set status = $2, end_reason = 'flood',")}`, [
          id,
          status,
        ])
        await expectRefused(db, [set("end_reason = 'another'"), [id]], 'OR409', rule)
        expect((await db.query(set('end_reason = null'), [id])).rowCount).toBe(1)
        await expectRefused(db, [set("end_reason = 'flood'"), [id]], 'OR409', rule)
      })(),
  )
})
