import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

describe('active_orders', () => {
  it(
    'shows who searches now, for how much longer, as api.orders does, and nobody else',
    rolledBack(async (db) => {
      for (const status of statuses) await make.order(db, { status, dueIn: '-1 ms' })
      const open = await make.order(db, { dueIn: '42 s' })
      const partly = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '7 s' })
      const { rows } = await db.query(
        'select a.*, to_jsonb(a) <@ to_jsonb(o) as agrees from api.active_orders a join api.orders o using (id)',
      )
      expect(rows).toHaveLength(2)
      expect(rows).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ id: open.id, status: 'active', seconds_left: 42, trucks_filled: 0, agrees: true }),
          expect.objectContaining({
            id: partly.id,
            customer_id: partly.customer,
            status: 'partially_filled',
            seconds_left: 7,
            expires_at: partly.expiresAt,
            trucks_requested: 3,
            trucks_filled: 1,
            agrees: true,
          }),
        ]),
      )
    }),
  )

  it(
    'names the order that refuses its customer’s next create',
    rolledBack(async (db) => {
      const { customer } = await make.order(db)
      const { id } = await one(db, 'select id from api.active_orders where customer_id = $1', [customer])
      const refusal = await refusalOf(db, createOrderSql(), [customer])
      expect(JSON.parse(refusal.detail ?? '').activeOrder.orderId).toBe(id)
    }),
  )
})
