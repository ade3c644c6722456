import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

const customerOf = 'select api.customer_of_order($1) as customer'

describe('customer_of_order', () => {
  it(
    'is whose order it is, whatever became of it',
    rolledBack(async (db) => {
      for (const status of statuses) {
        const { customer, id } = await make.order(db, { status })
        expect(await one(db, customerOf, [id])).toEqual({ customer })
      }
    }),
  )

  it(
    'refuses an id that no order has, and no id, and says which',
    rolledBack(async (db) => {
      await make.order(db)
      for (const id of [newId(), null]) {
        const refusal = await refusalOf(db, customerOf, [id])
        expect(refusal).toMatchObject({ code: 'OR404', constraint: 'order_is_known' })
        expect(refusal.message).toContain(id ?? 'without an id')
      }
    }),
  )
})
