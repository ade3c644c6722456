import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { range } from '../support/scale.ts'

const none = '00000000-0000-0000-0000-000000000000'

/** What rest.newer_orders answers about each customer and the order that its phone knows. */
async function newer(db: pg.Client, ...known: [customer: string, order: string][]) {
  const { body } = await one<{ body: string | null }>(db, 'select rest.newer_orders($1, $2) as body', [
    known.map(([customer]) => customer),
    known.map(([, order]) => order),
  ])
  return body === null ? null : (JSON.parse(body) as [number, string, boolean, number][])
}

/** The same order as the table holds it. */
async function entry(db: pg.Client, place: number, { customer, id }: { customer: string; id: string }) {
  const { is_live, last } = await one<{ is_live: boolean; last: string }>(
    db,
    `select o.is_live, (select max(e.id) from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id) as last
     from app.orders o where o.customer_id = $1 and o.id = $2`,
    [customer, id],
  )
  return [place, id, is_live, Number(last)]
}

describe('newer_orders', () => {
  it(
    'tells each customer’s orders that are newer than the known one, live or over, with the last event, newest first',
    rolledBack(async (db) => {
      const [asha, bina, caro] = [newId(), newId(), newId()]
      const over = await make.order(db, { customer: asha, status: 'cancelled' })
      const filled = await make.filled(db, { customer: asha, started: 1 })
      const open = await make.order(db, { customer: asha })
      const other = await make.order(db, { customer: bina })
      await make.order(db, { customer: caro })
      expect(await newer(db, [bina, none], [asha, over.id])).toEqual([
        await entry(db, 1, other),
        await entry(db, 2, open),
        await entry(db, 2, filled),
      ])
      expect(await newer(db, [asha, none])).toEqual([
        await entry(db, 1, open),
        await entry(db, 1, filled),
        await entry(db, 1, over),
      ])
    }),
  )

  it(
    'tells five at most, the newest',
    rolledBack(async (db) => {
      const customer = newId()
      const orders = []
      for (const _ of range(7)) orders.push(await make.order(db, { customer, status: 'fully_filled' }))
      const ids = async (known: string) => (await newer(db, [customer, known]))?.map(([, id]) => id)
      const newestFirst = orders.map(({ id }) => id).reverse()
      expect(await ids(none)).toEqual(newestFirst.slice(0, 5))
      expect(await ids(newestFirst[2] ?? '')).toEqual(newestFirst.slice(0, 2))
    }),
  )

  it(
    'tells an older order too while it searches, as when its truck was withdrawn, and no other that is older',
    rolledBack(async (db) => {
      const customer = newId()
      await make.order(db, { customer, status: 'cancelled' })
      const again = await make.filled(db, { customer })
      const known = await make.order(db, { customer, status: 'fully_filled' })
      expect(await newer(db, [customer, known.id])).toBeNull()
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [again.trips[0]?.id])
      expect(await newer(db, [customer, known.id])).toEqual([await entry(db, 1, again)])
      await db.query('select api.cancel_order($1, $2)', [customer, again.id])
      expect(await newer(db, [customer, known.id])).toBeNull()
    }),
  )

  it(
    'is nothing for a customer who has placed no order since, whatever others do, and for nobody',
    rolledBack(async (db) => {
      await make.order(db)
      const { customer, id } = await make.order(db)
      await make.order(db)
      expect(await newer(db, [customer, id])).toBeNull()
      expect(await newer(db, [newId(), none])).toBeNull()
      expect(await newer(db)).toBeNull()
    }),
  )

  it(
    'takes the last event of the customer’s own order, also when another customer has one of the same id',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      const namesake = newId()
      await db.query(createOrderSql('p_order_id => $2'), [namesake, id])
      expect(await newer(db, [customer, none], [namesake, none])).toEqual([
        await entry(db, 1, { customer, id }),
        await entry(db, 2, { customer: namesake, id }),
      ])
    }),
  )
})
