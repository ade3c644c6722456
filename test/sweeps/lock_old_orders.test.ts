import { expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

const batch = "select customer_ids, order_ids from api.lock_old_orders($1, now() - interval '400 days')"

it(
  'lock_old_orders locks what is over, not erased and old enough, oldest first, and none twice',
  rolledBack(async (db) => {
    const newer = await make.order(db, { status: 'cancelled', createdAgo: '401 days' })
    const older = await make.order(db, { status: 'expired', createdAgo: '402 days' })
    await make.order(db, { status: 'completed', createdAgo: '399 days' })
    await make.order(db, { status: 'in_progress', createdAgo: '500 days' })
    await make.order(db, { dueIn: '-1 s', createdAgo: '500 days' })
    const erased = await make.order(db, { status: 'completed', createdAgo: '500 days' })
    await db.query('select api.erase_customer($1)', [erased.customer])
    expect(await one(db, batch, [200])).toEqual({
      customer_ids: [older.customer, newer.customer],
      order_ids: [older.id, newer.id],
    })
    expect(await one(db, batch, [1])).toEqual({ customer_ids: [older.customer], order_ids: [older.id] })
    expect(await one(db, batch, [0])).toEqual({ customer_ids: null, order_ids: null })
  }),
)

it(
  'lock_old_orders leaves an order that was closed by hand while its trip is live',
  rolledBack(async (db) => {
    const order = await make.order(db, { trucks: 1, createdAgo: '401 days' })
    const { id } = await make.trip(db, { order })
    await db.query('select api.start_trip($1)', [id])
    await db.query("update app.orders set status = 'completed' where id = $1", [order.id])
    expect(await one(db, batch, [200])).toEqual({ customer_ids: null, order_ids: null })
    await db.query("select api.complete_trip($1, 'arrived')", [id])
    expect(await one(db, batch, [200])).toEqual({ customer_ids: [order.customer], order_ids: [order.id] })
  }),
)
