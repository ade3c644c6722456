import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

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
