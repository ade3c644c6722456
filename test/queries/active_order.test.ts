import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

describe('active_order', () => {
  it(
    'is the open order, with no row when there is none',
    rolledBack(async (db) => {
      const order = await make.order(db)
      expect((await one(db, 'select id from api.active_order($1)', [order.customer])).id).toBe(order.id)
      expect((await db.query('select from api.active_order($1)', [newId()])).rowCount).toBe(0)
    }),
  )

  it(
    'is gone from the instant of expires_at, though no sweep ran',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '0 s' })
      expect((await db.query('select from api.active_order($1)', [order.customer])).rowCount).toBe(0)
    }),
  )

  it(
    'is none once every truck is found',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'fully_filled' })
      expect((await db.query('select from api.active_order($1)', [order.customer])).rowCount).toBe(0)
    }),
  )
})
