import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

describe('closed_order_never_changes', () => {
  for (const status of ['expired', 'cancelled', 'completed'] as const)
    it(
      `keeps the status, times, counts and amounts of an order that is ${status}`,
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        for (const change of [
          "status = 'active', trucks_filled = 0",
          "created_at = created_at - interval '1 s'",
          'updated_at = now()',
          "expires_at = expires_at + interval '1 s'",
          'trucks_requested = 5',
          'trucks_total = 1, trucks_filled = least(trucks_filled, 1)',
          'total_amount = 1',
          "cancel_reason = 'another'",
        ])
          expect(
            await refusalOf(db, `update app.orders set ${change} where id = $1`, [order.id]),
            change,
          ).toMatchObject({ code: 'OR409', constraint: 'closed_order_never_changes' })
        await db.query("update app.orders set customer_name = '' where id = $1", [order.id])
      }),
    )
  it(
    'keeps how many trucks a cancelled order had found',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status: 'cancelled' })
      expect(await refusalOf(db, 'update app.orders set trucks_filled = 1 where id = $1', [id])).toMatchObject({
        constraint: 'closed_order_never_changes',
      })
    }),
  )
})
