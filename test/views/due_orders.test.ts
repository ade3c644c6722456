import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { createOrderSql, make } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

describe('due_orders', () => {
  it(
    'shows what has run out and is not written down, what is true of it, and for how long, until a sweep',
    rolledBack(async (db) => {
      const expired = await make.order(db, { dueIn: '-90 s' })
      const settled = await make.order(db, { status: 'partially_filled', dueIn: '-5 s' })
      for (const status of statuses) await make.order(db, { status })
      await make.order(db, { status: 'fully_filled', dueIn: '-1 hour' })
      const { rows } = await db.query(
        `select id, customer_id, stored_status, status, expires_at,
           due_seconds = ceil(extract(epoch from statement_timestamp() - expires_at)) as since_then from api.due_orders order by expires_at`,
      )
      expect(rows).toEqual([
        {
          id: expired.id,
          customer_id: expired.customer,
          stored_status: 'active',
          status: 'expired',
          expires_at: expired.expiresAt,
          since_then: true,
        },
        {
          id: settled.id,
          customer_id: settled.customer,
          stored_status: 'partially_filled',
          status: 'fully_filled',
          expires_at: settled.expiresAt,
          since_then: true,
        },
      ])
      expect(await one(db, 'select api.expire_due_orders() as closed')).toEqual({ closed: 2 })
      expect((await db.query('select from api.due_orders')).rowCount).toBe(0)
    }),
  )

  it(
    'refuse nobody: the customer’s next create closes its own',
    rolledBack(async (db) => {
      const { customer } = await make.order(db, { dueIn: '-1 ms' })
      expect(await one(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
      expect((await db.query('select from api.due_orders')).rowCount).toBe(0)
    }),
  )
})
