// Not guards but indexes: named here because they must hold against the owner just as the guards do.
import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

const move = 'update app.orders set status = $2, trucks_filled = $3 where id = $1'
const filledFor: Record<string, number> = { active: 0, expired: 0, partially_filled: 1, cancelled: 0 }
const byHand = (id: string, to: string) => [id, to, filledFor[to] ?? 2]

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
