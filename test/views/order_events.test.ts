import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

describe('order_events', () => {
  it(
    'shows what is written down, all of it and nothing else',
    rolledBack(async (db) => {
      for (const status of statuses) await make.order(db, { status })
      const { customer } = await make.order(db, { status: 'cancelled' })
      await make.order(db, { customer, dueIn: '-1 s' })
      const rowsOf = (relation: string) =>
        db.query(`select to_jsonb(e) as event from ${relation} e order by e.id`).then(({ rows }) => rows)
      const shown = await rowsOf('api.order_events')
      expect(shown).toEqual(await rowsOf('app.order_events'))
      expect(shown.length).toBeGreaterThan(statuses.length)
    }),
  )

  it(
    'shows each event once, also when another customer has an order of the same id',
    rolledBack(async (db) => {
      const { id, customer } = await make.order(db)
      const namesake = newId()
      await db.query(createOrderSql('p_order_id => $2'), [namesake, id])
      const { rows } = await db.query(
        'select customer_id, to_status from api.order_events where order_id = $1 order by id',
        [id],
      )
      expect(rows).toEqual([
        { customer_id: customer, to_status: 'active' },
        { customer_id: namesake, to_status: 'active' },
      ])
    }),
  )
})
