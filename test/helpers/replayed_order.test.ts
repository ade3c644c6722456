import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, dueAt, newId } from '../support/make.ts'

type Row = { id: string; status: string }

describe('with an idempotency key', () => {
  it(
    'returns the stored order when the same attempt is repeated, before any other judgement',
    rolledBack(async (db) => {
      const customer = newId()
      const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
      await db.query('update app.settings set creates_per_minute = 1')
      expect((await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).id).toBe(first.id)
    }),
  )

  it(
    'shows the order as it is now: cancelled',
    rolledBack(async (db) => {
      const customer = newId()
      const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, first.id])
      expect(await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).toMatchObject({
        id: first.id,
        status: 'cancelled',
      })
    }),
  )

  it(
    'shows the order as it is now: expired, though no sweep ran',
    rolledBack(async (db) => {
      const customer = newId()
      const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
      await dueAt(db, customer, first.id, '-1 s')
      expect(await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).toMatchObject({
        id: first.id,
        status: 'expired',
      })
    }),
  )

  it(
    'refuses the key for an order that means something else',
    rolledBack(async (db) => {
      const customer = newId()
      await one(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
      const other = createOrderSql("p_idempotency_key => 'k', p_goods_type => 'Steel'")
      expect(await refusalOf(db, other, [customer])).toMatchObject({
        code: 'OR409',
        constraint: 'idempotency_key_means_one_order',
      })
    }),
  )

  it(
    'knows an order by the hash of the release before, too',
    rolledBack(async (db) => {
      const customer = newId()
      const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
      await db.query('alter table app.orders disable trigger personal_facts_only_become_blank')
      await db.query(
        `update app.orders set content_hash = '\\xb32a2a01b71fb7e12612a1e870e315c9abcac78b290436e3fbe7266f3af47b9a'
         where customer_id = $1`, // as that release wrote it
        [customer],
      )
      expect((await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).id).toBe(first.id)
      const other = createOrderSql("p_idempotency_key => 'k', p_goods_type => 'Steel'")
      expect(await refusalOf(db, other, [customer])).toMatchObject({ constraint: 'idempotency_key_means_one_order' })
    }),
  )

  it(
    'keeps keys apart by customer',
    rolledBack(async (db) => {
      const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [newId()])
      const second = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [newId()])
      expect(second).toMatchObject({ id: expect.stringMatching(/./), status: 'active' })
      expect(second.id).not.toBe(first.id)
    }),
  )

  it(
    'takes an empty key for none',
    rolledBack(async (db) => {
      const customer = newId()
      await one(db, createOrderSql("p_idempotency_key => ''"), [customer])
      expect(await refusalOf(db, createOrderSql("p_idempotency_key => ''"), [customer])).toMatchObject({
        constraint: 'one_active_order_per_customer',
      })
    }),
  )
})
