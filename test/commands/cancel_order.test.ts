import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

const cancelSql = 'select * from api.cancel_order($1, $2, $3)'

describe('cancel_order', () => {
  it.each(['active', 'partially_filled', 'fully_filled'] as const)(
    'cancels an order that is %s, with its trucks',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        expect(await one(db, cancelSql, [order.customer, order.id, 'Change of plans'])).toMatchObject({
          status: 'cancelled',
          is_open: false,
          is_live: false,
          cancel_reason: 'Change of plans',
        })
        const { rows } = await db.query('select distinct status from app.truck_requests where order_id = $1', [
          order.id,
        ])
        expect(rows).toEqual([{ status: 'cancelled' }])
      })(),
  )

  it(
    'makes room for the next order at once',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query(cancelSql, [order.customer, order.id, null])
      expect(await one(db, createOrderSql(), [order.customer])).toMatchObject({ status: 'active' })
    }),
  )

  it.each(['cancelled', 'expired'] as const)(
    'answers an order that is already %s with its true status and writes nothing',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        const before = await one(
          db,
          'select to_jsonb(o) as row, (select count(*) from app.order_events where order_id = $1) as events from app.orders o where id = $1',
          [order.id],
        )
        expect(await one(db, cancelSql, [order.customer, order.id, 'again'])).toMatchObject({ status })
        expect(
          await one(
            db,
            'select to_jsonb(o) as row, (select count(*) from app.order_events where order_id = $1) as events from app.orders o where id = $1',
            [order.id],
          ),
        ).toEqual(before)
      })(),
  )

  it(
    'answers a search that has run out as expired before any sweep, without a new event',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [order.customer, order.id, null])).toMatchObject({ status: 'expired' })
      expect(
        await one(db, 'select count(*)::int as events from app.order_events where order_id = $1', [order.id]),
      ).toEqual({ events: 1 })
    }),
  )

  it(
    'settles a partly filled search that has run out, then cancels it as fully filled',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [order.customer, order.id, null])).toMatchObject({
        status: 'cancelled',
        trucks_total: 1,
      })
      const { rows } = await db.query(
        'select from_status, to_status, actor from app.order_events where order_id = $1 order by id offset 2',
        [order.id],
      )
      expect(rows[0]).toEqual({ from_status: 'partially_filled', to_status: 'fully_filled', actor: 'clock' })
      expect(rows[1]).toMatchObject({ from_status: 'fully_filled', to_status: 'cancelled' })
    }),
  )

  it.each(['in_progress', 'completed'] as const)('is refused when the order is %s, and changes nothing', (status) =>
    rolledBack(async (db) => {
      const order = await make.order(db, { status })
      expect(await refusalOf(db, cancelSql, [order.customer, order.id, null])).toMatchObject({
        code: 'OR409',
        constraint: 'order_is_cancellable',
      })
      expect(await one(db, 'select status from app.orders where id = $1', [order.id])).toEqual({ status })
    })(),
  )

  it(
    'gives one answer for an unknown order and somebody else’s',
    rolledBack(async (db) => {
      const order = await make.order(db)
      const unknown = await refusalOf(db, cancelSql, [newId(), newId(), null])
      const foreign = await refusalOf(db, cancelSql, [newId(), order.id, null])
      expect(unknown).toMatchObject({ code: 'OR404', constraint: 'order_is_known' })
      const told = ({ code, constraint, message, detail, hint }: typeof unknown) => ({
        code,
        constraint,
        message,
        detail,
        hint,
      })
      expect(told(foreign)).toEqual(told(unknown))
      expect(await one(db, 'select status from app.orders where id = $1', [order.id])).toEqual({ status: 'active' })
    }),
  )

  it(
    'records who cancelled and why',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query(cancelSql, [order.customer, order.id, 'Price too high'])
      const { session_user: me } = await one(db, 'select session_user')
      expect(
        await one(
          db,
          "select from_status, actor, reason from app.order_events where order_id = $1 and to_status = 'cancelled'",
          [order.id],
        ),
      ).toEqual({
        from_status: 'active',
        actor: me,
        reason: 'Price too high',
      })
    }),
  )
  it(
    'a cancel after the search ended partly filled cancels the truck it found, and leaves the others expired',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
      await db.query('select api.cancel_order($1, $2)', [order.customer, order.id])
      const { rows } = await db.query(
        'select status from app.truck_requests where order_id = $1 order by request_number',
        [order.id],
      )
      expect(rows.map((row) => row.status)).toEqual(['cancelled', 'expired', 'expired'])
    }),
  )
})
