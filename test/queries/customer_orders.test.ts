import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

describe('customer_orders', () => {
  it(
    'lists newest first, a page at a time, each as it truly is',
    rolledBack(async (db) => {
      const customer = newId()
      const old = await make.order(db, { customer, status: 'cancelled' })
      const filled = await make.order(db, { customer, status: 'fully_filled' })
      const due = await make.order(db, { customer, dueIn: '-1 s' })
      const { rows } = await db.query('select id, status from api.customer_orders($1, 2)', [customer])
      expect(rows).toEqual([
        { id: due.id, status: 'expired' },
        { id: filled.id, status: 'fully_filled' },
      ])
      expect((await db.query('select id from api.customer_orders($1, 2, 2)', [customer])).rows).toEqual([
        { id: old.id },
      ])
    }),
  )
})
