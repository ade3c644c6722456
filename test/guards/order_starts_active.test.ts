import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'
import { byHand, statuses } from '../support/move-by-hand.ts'

describe('order_starts_active', () => {
  it.each(statuses.filter((status) => status !== 'active'))('refuses an order that is born %s', (status) =>
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'cancelled' })
      const copy = `insert into app.orders (customer_id, status, trucks_filled, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
        select customer_id, $2, $3, now() + interval '1 h', 1, 1, 'a', 1, 1, 'a', 1, 2, 2, 1, content_hash from app.orders where id = $1`
      expect(await refusalOf(db, copy, byHand(order.id, status))).toMatchObject({
        code: 'OR409',
        constraint: 'order_starts_active',
      })
    })(),
  )
})
