import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

describe('an order that is due', () => {
  const seen =
    'select to_jsonb(o) as seen, (select jsonb_agg(to_jsonb(t)) from api.truck_requests_of(o) t) as trucks from api.order_detail($1, $2) o'

  it.each(['active', 'partially_filled'] as const)(
    'reads the same before and after the sweep when it was %s',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status, trucks: 3, dueIn: '-5 s' })
        const before = await one(db, seen, [order.customer, order.id])
        await db.query('select api.close_due_order($1, $2)', [order.customer, order.id])
        expect(await one(db, seen, [order.customer, order.id])).toEqual(before)
        expect(
          await one(
            db,
            'select to_jsonb(o) as seen, (select jsonb_agg(to_jsonb(t) order by t.request_number) from app.truck_requests t where t.customer_id = o.customer_id and t.order_id = o.id) as trucks from app.orders o where id = $1',
            [order.id],
          ),
        ).toEqual(before)
      })(),
  )
})

// expires_at means nothing once every truck is found.
const move = (to: string) => async (db: pg.Client, id: string) => {
  await db.query('update app.orders set status = $2 where id = $1', [id, to])
}

it.each<[string, ((db: pg.Client, id: string) => Promise<void>)[]]>([
  ['filled', []],
  ['on the road', [move('in_progress')]],
  ['completed', [move('in_progress'), move('completed')]],
  ['cancelled', [move('cancelled')]],
])('an order that was %s after its window reads as it is stored', (_, moves) =>
  rolledBack(async (db) => {
    const { customer, id } = await make.order(db, { status: 'fully_filled', dueIn: '-1 hour' })
    for (const next of moves) await next(db, id)
    const { read, stored } = await one(
      db,
      `select (select to_jsonb(d) from api.order_detail($1, $2) d) as read,
         (select to_jsonb(o) from app.orders o where o.customer_id = $1 and o.id = $2) as stored`,
      [customer, id],
    )
    expect(read).toEqual(stored)
  })(),
)
