import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

const statuses = [
  'active',
  'partially_filled',
  'fully_filled',
  'in_progress',
  'completed',
  'expired',
  'cancelled',
] as const
const move = 'update app.orders set status = $2, trucks_filled = $3 where id = $1'
const filledFor: Record<string, number> = { active: 0, expired: 0, partially_filled: 1, cancelled: 0 }
const byHand = (id: string, to: string) => [id, to, filledFor[to] ?? 2]

describe('order_move_is_legal', () => {
  for (const from of ['active', 'partially_filled', 'fully_filled', 'in_progress'] as const)
    it(
      `lets an order that is ${from} make the listed moves and no other, also by hand`,
      rolledBack(async (db) => {
        for (const to of statuses.filter((status) => status !== from)) {
          const order = await make.order(db, { status: from })
          const legal = await one<{ yes: boolean }>(
            db,
            'select exists (select from app.order_transitions where from_status = $1 and to_status = $2 and not is_by_clock_only) as yes',
            [from, to],
          )
          if (legal.yes) await db.query(move, byHand(order.id, to))
          else
            expect(await refusalOf(db, move, byHand(order.id, to)), `${from} to ${to}`).toMatchObject({
              code: 'OR409',
              constraint: 'order_move_is_legal',
            })
        }
      }),
    )

  it(
    'does not let an order expire before its time',
    rolledBack(async (db) => {
      const order = await make.order(db)
      expect(await refusalOf(db, move, byHand(order.id, 'expired'))).toMatchObject({
        constraint: 'order_move_is_legal',
      })
    }),
  )

  it(
    'refuses to fill or cancel a search that has run out, though it is still stored as active',
    rolledBack(async (db) => {
      for (const to of ['partially_filled', 'fully_filled', 'cancelled']) {
        const order = await make.order(db, { dueIn: '-1 ms' })
        expect(await refusalOf(db, move, byHand(order.id, to))).toMatchObject({ constraint: 'order_move_is_legal' })
      }
    }),
  )

  it(
    'lets a search that has run out take no more trucks, also when the status would stay or fit',
    rolledBack(async (db) => {
      for (const change of [
        'trucks_filled = 2',
        "trucks_filled = 3, status = 'fully_filled'",
        "status = 'fully_filled', trucks_total = 1, total_amount = 9",
      ]) {
        const order = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
        expect(await refusalOf(db, `update app.orders set ${change} where id = $1`, [order.id]), change).toMatchObject({
          constraint: 'order_move_is_legal',
        })
      }
      const open = await make.order(db, { status: 'partially_filled', trucks: 3 })
      await db.query('update app.orders set trucks_filled = 2 where id = $1', [open.id])
    }),
  )

  it(
    'gives no second window to a search that has run out',
    rolledBack(async (db) => {
      for (const status of ['active', 'partially_filled'] as const) {
        const order = await make.order(db, { status, dueIn: '-1 ms' })
        const revive = "update app.orders set expires_at = now() + interval '1 minute' where id = $1"
        expect(await refusalOf(db, revive, [order.id])).toMatchObject({ constraint: 'order_move_is_legal' })
      }
    }),
  )

  it(
    'dates a move by the database clock, and an expiry by expires_at',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '-9 s' })
      await db.query(move, byHand(order.id, 'expired'))
      expect(
        await one(db, 'select updated_at = expires_at as at_the_end from app.orders where id = $1', [order.id]),
      ).toEqual({ at_the_end: true })
    }),
  )
})

describe('closed_order_never_changes', () => {
  for (const status of ['expired', 'cancelled', 'completed'] as const)
    it(
      `keeps the status, times, counts and amounts of an order that is ${status}`,
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        for (const change of [
          "status = 'active', trucks_filled = 0",
          "created_at = created_at - interval '1 s'",
          'updated_at = now()',
          "expires_at = expires_at + interval '1 s'",
          'trucks_requested = 5',
          'trucks_total = 1, trucks_filled = least(trucks_filled, 1)',
          'total_amount = 1',
        ])
          expect(
            await refusalOf(db, `update app.orders set ${change} where id = $1`, [order.id]),
            change,
          ).toMatchObject({ code: 'OR409', constraint: 'closed_order_never_changes' })
        await db.query("update app.orders set customer_name = '' where id = $1", [order.id])
      }),
    )
})

describe('order_starts_active', () => {
  it.each(statuses.filter((status) => status !== 'active'))('refuses an order that is born %s', (status) =>
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'cancelled' })
      const copy = `insert into app.orders (customer_id, status, trucks_filled, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
        select customer_id, $2, $3, now() + interval '1 h', 1, 1, 'a', 1, 1, 'a', 1, 2, 2, 1, content_hash from app.orders where id = $1`
      expect(await refusalOf(db, copy, byHand(order.id, status))).toMatchObject({
        code: 'OR409',
        constraint: 'order_starts_active',
      })
    })(),
  )
})

describe('order_event_is_recorded', () => {
  it(
    'appends a row for the creation and each move, also by hand, with the session user as the actor',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'completed' })
      const { session_user: me } = await one(db, 'select session_user')
      const { rows } = await db.query(
        'select from_status, to_status, actor from app.order_events where order_id = $1 order by id',
        [order.id],
      )
      expect(rows).toEqual([
        { from_status: null, to_status: 'active', actor: me },
        { from_status: 'active', to_status: 'fully_filled', actor: me },
        { from_status: 'fully_filled', to_status: 'in_progress', actor: me },
        { from_status: 'in_progress', to_status: 'completed', actor: me },
      ])
    }),
  )

  it(
    'names the clock for an expiry that somebody writes by hand',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '-1 s' })
      await db.query(move, byHand(order.id, 'expired'))
      expect(
        await one(db, "select actor from app.order_events where order_id = $1 and to_status = 'expired'", [order.id]),
      ).toEqual({ actor: 'clock' })
    }),
  )

  it(
    'appends nothing when the status stays',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query("update app.orders set status = 'active', customer_name = 'x' where id = $1", [order.id])
      expect(
        await one(db, 'select count(*)::int as events from app.order_events where order_id = $1', [order.id]),
      ).toEqual({ events: 1 })
    }),
  )
})

describe('order_events_are_append_only', () => {
  it.each(['update app.order_events set reason = null', 'delete from app.order_events', 'truncate app.order_events'])(
    'refuses: %s',
    (statement) =>
      rolledBack(async (db) => {
        await make.order(db)
        expect(await refusalOf(db, statement)).toMatchObject({
          code: 'OR409',
          constraint: 'order_events_are_append_only',
        })
      })(),
  )
})

describe('one_active_order_per_customer', () => {
  it(
    'holds against a direct insert by the owner',
    rolledBack(async (db) => {
      const open = await make.order(db)
      await expect(make.order(db, { customer: open.customer })).rejects.toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
    }),
  )

  it(
    'holds when a filled order steps back to searching while another is open',
    rolledBack(async (db) => {
      const filled = await make.order(db, { status: 'fully_filled' })
      await make.order(db, { customer: filled.customer })
      expect(await refusalOf(db, move, byHand(filled.id, 'partially_filled'))).toMatchObject({
        code: '23505',
        constraint: 'one_active_order_per_customer',
      })
    }),
  )
})
