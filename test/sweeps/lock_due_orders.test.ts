import { expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

it(
  'lock_due_orders locks due orders only, oldest first, and none twice',
  rolledBack(async (db) => {
    const newer = await make.order(db, { dueIn: '-1 s' })
    const older = await make.order(db, { status: 'partially_filled', dueIn: '-2 s' })
    await make.order(db, { dueIn: '60 s' })
    await make.order(db, { status: 'fully_filled', dueIn: '-3 s' })
    const batch = 'select customer_ids, order_ids from api.lock_due_orders($1, clock_timestamp())'
    expect(await one(db, batch, [500])).toEqual({
      customer_ids: [older.customer, newer.customer],
      order_ids: [older.id, newer.id],
    })
    expect(await one(db, batch, [1])).toEqual({ customer_ids: [older.customer], order_ids: [older.id] })
    expect(await one(db, batch, [0])).toEqual({ customer_ids: null, order_ids: null })
  }),
)
