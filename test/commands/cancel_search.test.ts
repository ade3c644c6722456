import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

const cancelSql = 'select * from api.cancel_search($1, $2, $3)'
const why = 'retry_after_timeout'

describe('cancel_search', () => {
  it(
    'cancels a search that has found no truck, with its truck requests, and makes room for the next order',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      expect(await one(db, cancelSql, [customer, id, why])).toMatchObject({
        id,
        status: 'cancelled',
        cancel_reason: why,
      })
      const { rows } = await db.query('select distinct status from app.truck_requests where order_id = $1', [id])
      expect(rows).toEqual([{ status: 'cancelled' }])
      expect(await one(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
    }),
  )

  it(
    'cancels a search whose only truck was withdrawn again',
    rolledBack(async (db) => {
      const { customer, id, trips } = await make.filled(db, { trucks: 1 })
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [trips[0]?.id])
      expect(await one(db, cancelSql, [customer, id, why])).toMatchObject({ status: 'cancelled' })
    }),
  )

  it.each([
    ['partially_filled', { trucks: 3, promised: 2 }, 'partially_filled'],
    ['fully_filled', { trucks: 2 }, 'fully_filled'],
    ['due with a truck, though nothing has settled it', { trucks: 3, promised: 2, dueIn: '-1 ms' }, 'fully_filled'],
    ['in_progress', { trucks: 2, started: 1 }, 'in_progress'],
  ])('is refused when the order is %s: no driver loses a job', (_, given, status) =>
    rolledBack(async (db) => {
      const { customer, id } = await make.filled(db, given)
      const refusal = await expectRefused(db, [cancelSql, [customer, id, why]], 'OR409', 'no_truck_is_assigned')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: id, status, trucksFilled: 2 })
    })(),
  )

  it.each(['cancelled', 'expired'] as const)('answers an order that is already %s unchanged', (status) =>
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status })
      const before = await everything(db)
      expect(await one(db, cancelSql, [customer, id, why])).toMatchObject({ status })
      expect(await everything(db)).toEqual(before)
    })(),
  )

  it(
    'answers an order that was cancelled with its trucks unchanged',
    rolledBack(async (db) => {
      const { customer, id } = await make.filled(db)
      await db.query("select api.cancel_order($1, $2, 'Change of plans')", [customer, id])
      const before = await everything(db)
      expect(await one(db, cancelSql, [customer, id, why])).toMatchObject({ cancel_reason: 'Change of plans' })
      expect(await everything(db)).toEqual(before)
    }),
  )

  it(
    'answers a search that ran out with no truck as expired, before any sweep',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [customer, id, why])).toMatchObject({ status: 'expired', cancel_reason: null })
    }),
  )

  it(
    'is refused for a completed order as every cancel is',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'completed' })
      await expectRefused(db, [cancelSql, [customer, id, why]], 'OR409', 'order_is_cancellable')
    }),
  )

  it(
    'refuses an unknown order and somebody else’s alike',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      for (const values of [
        [newId(), id, why],
        [customer, newId(), why],
        [null, null, null],
      ])
        await expectRefused(db, [cancelSql, values], 'OR404', 'order_is_known')
    }),
  )
})
