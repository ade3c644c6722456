import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

const close = 'select * from api.close_due_order($1, $2)'

describe('close_due_order', () => {
  it(
    'writes down the end of one search, as of expires_at',
    rolledBack(async (db) => {
      const due = await make.order(db, { dueIn: '-9 s' })
      const other = await make.order(db, { dueIn: '-9 s' })
      expect(await one(db, close, [due.customer, due.id])).toMatchObject({
        status: 'expired',
        is_open: false,
        updated_at: due.expiresAt,
      })
      expect(await one(db, 'select status from app.orders where id = $1', [other.id])).toEqual({ status: 'active' })
    }),
  )

  it.each(['active', 'partially_filled', 'fully_filled', 'in_progress', 'completed', 'cancelled', 'expired'] as const)(
    'writes nothing to an order that is %s and not due',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        const rows = () =>
          one(
            db,
            `select o.ctid, to_jsonb(o) as stored, (select jsonb_agg(to_jsonb(t) || jsonb_build_object('at', t.ctid::text) order by t.request_number)
               from app.truck_requests t where t.customer_id = o.customer_id and t.order_id = o.id) as trucks from app.orders o where o.id = $1`,
            [order.id],
          )
        const before = await rows()
        expect(await one(db, close, [order.customer, order.id])).toMatchObject({ id: order.id, status })
        expect(await rows()).toEqual(before)
      })(),
  )

  it(
    'refuses an unknown order and somebody else’s alike',
    rolledBack(async (db) => {
      const due = await make.order(db, { dueIn: '-1 s' })
      for (const values of [
        [newId(), due.id],
        [due.customer, newId()],
      ])
        expect(await refusalOf(db, close, values)).toMatchObject({ code: 'OR404', constraint: 'order_is_known' })
      expect(await one(db, 'select status from app.orders where id = $1', [due.id])).toEqual({ status: 'active' })
    }),
  )
})
