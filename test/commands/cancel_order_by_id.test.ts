import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

const cancelSql = 'select * from api.cancel_order_by_id($1, $2)'
const reason = 'asked by phone'

/** Everything that a cancel could change of an order. */
const rowsOf = (db: pg.Client, id: string) =>
  one(
    db,
    `select (select jsonb_agg(to_jsonb(o)) from app.orders o where o.id = $1) as orders,
       (select jsonb_agg(to_jsonb(t) order by t.request_number) from app.truck_requests t where t.order_id = $1) as trucks,
       (select jsonb_agg(to_jsonb(e) order by e.id) from app.order_events e where e.order_id = $1) as events`,
    [id],
  )

describe('cancel_order_by_id', () => {
  it.each(['active', 'partially_filled', 'fully_filled'] as const)(
    'cancels an order that is %s, with its trucks, and returns it as api.orders shows it',
    (status) =>
      rolledBack(async (db) => {
        const { customer, id } = await make.order(db, { status })
        const other = await make.order(db)
        const returned = await one(db, 'select to_jsonb(c) as row from api.cancel_order_by_id($1, $2) c', [id, reason])
        expect(returned).toEqual(await one(db, 'select to_jsonb(o) as row from api.orders o where id = $1', [id]))
        expect(returned.row).toMatchObject({ customer_id: customer, id, status: 'cancelled', cancel_reason: reason })
        const { rows } = await db.query('select distinct status from api.truck_requests where order_id = $1', [id])
        expect(rows).toEqual([{ status: 'cancelled' }])
        expect(await one(db, 'select status from api.orders where id = $1', [other.id])).toEqual({ status: 'active' })
        expect(await one(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
      })(),
  )

  it(
    'records who cancelled and why',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await db.query(cancelSql, [id, reason])
      const { session_user: me } = await one(db, 'select session_user')
      const { rows } = await db.query(
        'select from_status, to_status, actor, reason from app.order_events where order_id = $1 order by id',
        [id],
      )
      expect(rows.at(-1)).toEqual({ from_status: 'active', to_status: 'cancelled', actor: me, reason })
    }),
  )

  it.each([null, '', ' ', '\n', ' \t\n '])('refuses the reason %j, and changes nothing', (empty) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      const before = await rowsOf(db, id)
      expect(await refusalOf(db, cancelSql, [id, empty])).toMatchObject({
        code: 'OR400',
        constraint: 'cancel_reason_is_given',
      })
      expect(await rowsOf(db, id)).toEqual(before)
    })(),
  )

  it(
    'takes a reason of 500 characters and refuses one of 501, and changes nothing',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      const before = await rowsOf(db, id)
      expect(await refusalOf(db, cancelSql, [id, 'ü'.repeat(501)])).toMatchObject({
        code: '23514',
        constraint: 'cancel_reason_is_at_most_500_characters',
      })
      expect(await rowsOf(db, id)).toEqual(before)
      expect(await one(db, cancelSql, [id, 'ü'.repeat(500)])).toMatchObject({ cancel_reason: 'ü'.repeat(500) })
    }),
  )

  it.each(['cancelled', 'expired'] as const)(
    'returns an order that is already %s unchanged, and records nothing',
    (status) =>
      rolledBack(async (db) => {
        const { id } = await make.order(db, { status })
        const before = await rowsOf(db, id)
        expect(await one(db, cancelSql, [id, reason])).toMatchObject({ id, status, cancel_reason: null })
        expect(await rowsOf(db, id)).toEqual(before)
      })(),
  )

  it(
    'returns an order whose search has run out as expired, before any sweep, with no cancel recorded',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [id, reason])).toMatchObject({
        status: 'expired',
        is_open: false,
        seconds_left: 0,
        cancel_reason: null,
      })
      const { rows } = await db.query("select from app.order_events where order_id = $1 and to_status = 'cancelled'", [
        id,
      ])
      expect(rows).toEqual([])
    }),
  )

  it(
    'settles a partly filled order whose search has run out, then cancels it',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [id, reason])).toMatchObject({
        status: 'cancelled',
        trucks_total: 1,
        total_amount: 1000,
        cancel_reason: reason,
      })
      const { rows } = await db.query(
        'select to_status, actor = session_user as by_me from app.order_events where order_id = $1 order by id offset 2',
        [id],
      )
      expect(rows).toEqual([
        { to_status: 'fully_filled', by_me: false },
        { to_status: 'cancelled', by_me: true },
      ])
    }),
  )

  it.each(['in_progress', 'completed'] as const)('is refused when the order is %s, and changes nothing', (status) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status })
      const before = await rowsOf(db, id)
      expect(await refusalOf(db, cancelSql, [id, reason])).toMatchObject({
        code: 'OR409',
        constraint: 'order_is_cancellable',
      })
      expect(await rowsOf(db, id)).toEqual(before)
    })(),
  )

  it(
    'refuses an order that does not exist',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      expect(await refusalOf(db, cancelSql, [newId(), reason])).toMatchObject({
        code: 'OR404',
        constraint: 'order_is_known',
      })
      expect(await one(db, 'select status from app.orders where id = $1', [id])).toEqual({ status: 'active' })
    }),
  )
})
