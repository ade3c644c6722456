// Not guards but indexes: named here because they must hold against the owner just as the guards do.
import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'
import { byHand, move } from '../support/move-by-hand.ts'

describe('one_active_order_per_customer', () => {
  it(
    'holds against a direct insert by the owner',
    rolledBack(async (db) => {
      const open = await make.order(db)
      await expect(make.order(db, { customer: open.customer })).rejects.toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
    }),
  )

  it(
    'holds when a filled order steps back to searching while another is open',
    rolledBack(async (db) => {
      const filled = await make.order(db, { status: 'fully_filled' })
      await make.order(db, { customer: filled.customer })
      expect(await refusalOf(db, move, byHand(filled.id, 'partially_filled'))).toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
    }),
  )
})

describe('one_order_per_idempotency_key', () => {
  it(
    'holds against a direct insert by the owner',
    rolledBack(async (db) => {
      const first = await make.order(db, { status: 'cancelled', key: 'k' })
      await expect(make.order(db, { customer: first.customer, key: 'k' })).rejects.toMatchObject({
        code: '23505',
        constraint: 'one_order_per_idempotency_key',
      })
    }),
  )
})
