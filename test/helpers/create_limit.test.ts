import { describe, expect, it } from 'vitest'
import { copyDatabase, one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

type Row = { id: string; status: string }

describe('the create limit', () => {
  const createAndCancel = async (db: Parameters<typeof one>[0], customer: string) => {
    const { id } = await one<Row>(db, createOrderSql(), [customer])
    await db.query('select api.cancel_order($1, $2)', [customer, id])
  }

  it(
    'refuses one create too many within a minute and says when it ends',
    rolledBack(async (db) => {
      await db.query('update app.settings set creates_per_minute = 2')
      const customer = newId()
      await createAndCancel(db, customer)
      await createAndCancel(db, customer)
      const refusal = await refusalOf(db, createOrderSql(), [customer])
      expect(refusal).toMatchObject({ code: 'OR429', constraint: 'creates_per_minute_within_limit' })
      const { retryAfterSeconds } = JSON.parse(refusal.detail ?? '')
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(59)
      expect(retryAfterSeconds).toBeLessThanOrEqual(60)
    }),
  )

  it(
    'counts only orders that were created, not refused attempts',
    rolledBack(async (db) => {
      await db.query('update app.settings set creates_per_minute = 2')
      const customer = newId()
      const { id } = await one<Row>(db, createOrderSql(), [customer])
      for (let i = 0; i < 5; i++) await refusalOf(db, createOrderSql(), [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, id])
      expect(await one<Row>(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
    }),
  )

  it(
    'ends when the orders are a minute old',
    rolledBack(async (db) => {
      await db.query('update app.settings set creates_per_minute = 1')
      const customer = newId()
      const { id } = await one<Row>(db, createOrderSql(), [customer])
      await db.query(
        "update app.orders set created_at = created_at - interval '61 s', expires_at = expires_at - interval '61 s' where id = $1",
        [id],
      )
      expect(await one<Row>(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
    }),
  )

  it(
    'counts an order for the whole minute, also when its id is as old as it may be by then',
    rolledBack(async (db) => {
      await db.query('update app.settings set creates_per_minute = 1')
      const customer = newId()
      const { id } = await one<{ id: string }>(
        db,
        "select overlay(api.first_id_at(now() - interval '59 s')::text placing '7' from 15) as id",
      )
      await one<Row>(db, createOrderSql('p_order_id => $2'), [customer, id])
      await db.query('select api.cancel_order($1, $2)', [customer, id])
      expect(await refusalOf(db, createOrderSql(), [customer])).toMatchObject({
        constraint: 'creates_per_minute_within_limit',
      })
    }),
  )

  it(
    'is judged after the active order: with both, the answer names the order',
    rolledBack(async (db) => {
      await db.query('update app.settings set creates_per_minute = 1')
      const customer = newId()
      await one(db, createOrderSql(), [customer])
      expect(await refusalOf(db, createOrderSql(), [customer])).toMatchObject({
        constraint: 'one_active_order_per_customer',
      })
    }),
  )

  it(
    'is each customer’s own',
    rolledBack(async (db) => {
      await db.query('update app.settings set creates_per_minute = 1')
      await one(db, createOrderSql(), [newId()])
      expect(await one(db, createOrderSql(), [newId()])).toMatchObject({ status: 'active' })
    }),
  )

  it(
    'looks at the newest orders, however many old ones there are',
    rolledBack(async (db) => {
      const customer = newId()
      for (let i = 0; i < 3; i++) await make.order(db, { customer, status: 'cancelled' })
      await db.query('update app.settings set creates_per_minute = 1')
      const { id } = await one<{ id: string }>(db, createOrderSql(), [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, id])
      expect(await refusalOf(db, createOrderSql(), [customer])).toMatchObject({
        constraint: 'creates_per_minute_within_limit',
      })
    }),
  )

  it('is planned once a session, also when the orders grow and are analyzed', async () => {
    const { owner: session } = await copyDatabase(1)
    const ask = async (times: number) => {
      for (let i = 0; i < times; i++)
        await session.query({ name: 'limit', text: 'select * from api.create_limit($1)', values: [newId()] })
      return one<{ custom_plans: string }>(
        session,
        "select custom_plans from pg_prepared_statements where name = 'limit'",
      )
    }
    const before = await ask(10)
    for (let i = 0; i < 300; i++) await session.query(createOrderSql(), [newId()])
    await session.query('analyze app.orders')
    expect(await ask(10)).toEqual(before)
  })
})
