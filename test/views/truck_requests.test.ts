import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

type Row = Record<string, unknown>

const shownOf = async (db: pg.Client, id: string) =>
  (await db.query<Row>('select * from api.truck_requests where order_id = $1 order by request_number', [id])).rows

/** As the customer's routes tell it. */
const trulyOf = async (db: pg.Client, id: string) =>
  (
    await db.query<Row>(
      'select t.* from app.orders o, api.order_detail(o.customer_id, o.id) d, api.truck_requests_of(d) t where o.id = $1',
      [id],
    )
  ).rows

describe('truck_requests', () => {
  it.each(statuses)('of an order stored as %s are shown as its customer sees them, due or not', (status) =>
    rolledBack(async (db) => {
      for (const dueIn of ['60 s', '-5 s']) {
        const { id } = await make.order(db, { status, trucks: 3, dueIn })
        const { rows: stored } = await db.query<Row>(
          'select status from app.truck_requests where order_id = $1 order by request_number',
          [id],
        )
        const truly = await trulyOf(db, id)
        expect(truly).toHaveLength(3)
        const shown = truly.map(({ is_filled, ...visible }, i) => ({
          ...visible,
          id: `${id}.${i + 1}`,
          stored_status: stored[i]?.status,
        }))
        expect(await shownOf(db, id), dueIn).toEqual(shown)
      }
    })(),
  )

  it.each([
    ['active', ['expired', 'expired', 'expired']],
    ['partially_filled', ['assigned', 'expired', 'expired']],
  ] as const)('of a due order that was %s are shown the same before and after the sweep', (status, expected) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status, trucks: 3, dueIn: '-5 s' })
      const before = await shownOf(db, id)
      expect(before.map((row) => row.status)).toEqual(expected)
      await db.query('select api.expire_due_orders()')
      expect(await shownOf(db, id)).toEqual(before.map((row) => ({ ...row, stored_status: row.status })))
    })(),
  )

  it(
    'are those of every order, each once and under its own customer, also when two orders share a customer or an id',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'cancelled' })
      await make.order(db, { customer })
      await db.query(createOrderSql('p_order_id => $2'), [newId(), id])
      const keys = (relation: string) =>
        db
          .query(`select customer_id, order_id, request_number from ${relation} order by 1, 2, 3`)
          .then(({ rows }) => rows)
      const shown = await keys('api.truck_requests')
      expect(shown).toHaveLength(6)
      expect(shown).toEqual(await keys('app.truck_requests'))
    }),
  )
})
