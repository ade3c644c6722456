import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'
import { byHand, move } from '../support/move-by-hand.ts'

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
  it(
    'names whoever found the last truck inside the window, not the clock',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled' })
      await db.query("update app.orders set status = 'fully_filled', trucks_filled = 2 where id = $1", [order.id])
      const { session_user: me } = await one(db, 'select session_user')
      expect(
        await one(db, "select actor from app.order_events where order_id = $1 and to_status = 'fully_filled'", [
          order.id,
        ]),
      ).toEqual({ actor: me })
    }),
  )

  it(
    'dates a creation by created_at, and a move by updated_at',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query('select api.cancel_order($1, $2)', [order.customer, order.id])
      const { rows } = await db.query(
        `select e.to_status, e.occurred_at = case when e.from_status is null then o.created_at else o.updated_at end as at_once
         from app.order_events e join app.orders o on o.id = e.order_id where o.id = $1 and e.to_status = 'cancelled'`,
        [order.id],
      )
      expect(rows).toEqual([{ to_status: 'cancelled', at_once: true }])
    }),
  )
})
