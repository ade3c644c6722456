import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

describe('active_order', () => {
  it(
    'is the open order, with no row when there is none',
    rolledBack(async (db) => {
      const order = await make.order(db)
      expect((await one(db, 'select id from api.active_order($1)', [order.customer])).id).toBe(order.id)
      expect((await db.query('select from api.active_order($1)', [newId()])).rowCount).toBe(0)
    }),
  )

  it(
    'is gone from the instant of expires_at, though no sweep ran',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '0 s' })
      expect((await db.query('select from api.active_order($1)', [order.customer])).rowCount).toBe(0)
    }),
  )

  it(
    'is none once every truck is found',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'fully_filled' })
      expect((await db.query('select from api.active_order($1)', [order.customer])).rowCount).toBe(0)
    }),
  )

  it(
    'finds its row by the index of the rule',
    rolledBack(async (db) => {
      await db.query('set local enable_seqscan = off')
      const { rows } = await db.query('explain select * from api.active_order($1)', [newId()])
      expect(JSON.stringify(rows)).toContain('one_active_order_per_customer')
    }),
  )
})

describe('order_status', () => {
  const statusSql = 'select status, is_open, is_live, remaining_seconds from api.order_status($1, $2)'

  it.each([
    ['active', { is_open: true, is_live: true, remaining_seconds: 60 }],
    ['partially_filled', { is_open: true, is_live: true, remaining_seconds: 60 }],
    ['fully_filled', { is_open: false, is_live: true, remaining_seconds: 0 }],
    ['in_progress', { is_open: false, is_live: true, remaining_seconds: 0 }],
    ['completed', { is_open: false, is_live: false, remaining_seconds: 0 }],
    ['cancelled', { is_open: false, is_live: false, remaining_seconds: 0 }],
    ['expired', { is_open: false, is_live: false, remaining_seconds: 0 }],
  ] as const)('tells of an order that is %s', (status, expected) =>
    rolledBack(async (db) => {
      const order = await make.order(db, { status })
      expect(await one(db, statusSql, [order.customer, order.id])).toEqual({ status, ...expected })
    })(),
  )

  it(
    'says expired for a search that has run out, though no sweep ran',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '-1 ms' })
      expect(await one(db, statusSql, [order.customer, order.id])).toEqual({
        status: 'expired',
        is_open: false,
        is_live: false,
        remaining_seconds: 0,
      })
    }),
  )

  it(
    'says fully_filled for a partly filled search that has run out',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled', dueIn: '-1 ms' })
      expect(await one(db, statusSql, [order.customer, order.id])).toEqual({
        status: 'fully_filled',
        is_open: false,
        is_live: true,
        remaining_seconds: 0,
      })
    }),
  )

  it(
    'never lets filled or started orders expire',
    rolledBack(async (db) => {
      for (const status of ['fully_filled', 'in_progress'] as const) {
        const order = await make.order(db, { status, dueIn: '-1 hour' })
        expect(await one(db, statusSql, [order.customer, order.id])).toMatchObject({ status, is_live: true })
      }
    }),
  )

  it(
    'does not find another customer’s order',
    rolledBack(async (db) => {
      const order = await make.order(db)
      expect((await db.query(statusSql, [newId(), order.id])).rowCount).toBe(0)
    }),
  )
})

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
            'select to_jsonb(o) as seen, (select jsonb_agg(to_jsonb(t) order by t.request_number) from app.truck_requests t where t.order_id = o.id) as trucks from app.orders o where id = $1',
            [order.id],
          ),
        ).toEqual(before)
      })(),
  )
})

describe('customer_orders', () => {
  it(
    'lists newest first, a page at a time, each as it truly is',
    rolledBack(async (db) => {
      const customer = newId()
      const old = await make.order(db, { customer, status: 'cancelled' })
      const filled = await make.order(db, { customer, status: 'fully_filled' })
      const due = await make.order(db, { customer, dueIn: '-1 s' })
      const { rows } = await db.query('select id, status from api.customer_orders($1, 2)', [customer])
      expect(rows).toEqual([
        { id: due.id, status: 'expired' },
        { id: filled.id, status: 'fully_filled' },
      ])
      expect((await db.query('select id from api.customer_orders($1, 2, 2)', [customer])).rows).toEqual([
        { id: old.id },
      ])
    }),
  )
})
