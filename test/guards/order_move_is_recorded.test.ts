import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { byHand, move } from '../support/move-by-hand.ts'

describe('order_move_is_recorded', () => {
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
      await db.query("update app.orders set status = 'active', goods_type = 'x' where id = $1", [order.id])
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
    'dates a move by updated_at',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query('select api.cancel_order($1, $2)', [order.customer, order.id])
      const { rows } = await db.query(
        `select e.to_status, e.occurred_at = o.updated_at as at_once
         from app.order_events e join app.orders o on o.customer_id = e.customer_id and o.id = e.order_id where o.id = $1 and e.to_status = 'cancelled'`,
        [order.id],
      )
      expect(rows).toEqual([{ to_status: 'cancelled', at_once: true }])
    }),
  )
})

/** Every order of the database with the statuses its events end in; a test that skips one leaves it unequal. */
const lastEvents = `select o.id, o.status as stored, (
    select e.to_status from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id order by e.id desc limit 1) as recorded,
  (select count(*)::integer from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id) as events
  from app.orders o order by o.id`

describe('order_move_is_recorded, however the owner writes', () => {
  it.each([
    ['one statement that moves many', "update app.orders set status = 'cancelled'"],
    [
      'a part of a larger statement',
      "with moved as (update app.orders set status = 'cancelled' returning id) select count(*) from moved",
    ],
    [
      'an update that joins',
      "update app.orders o set status = 'cancelled' from app.truck_requests t where t.customer_id = o.customer_id and t.order_id = o.id",
    ],
    ['a merge', "merge into app.orders o using app.settings on true when matched then update set status = 'cancelled'"],
    ['a block of code', "do $$ begin update app.orders set status = 'cancelled'; end $$"],
  ])('appends one row for each order that is moved by %s', (_, statement) =>
    rolledBack(async (db) => {
      for (const status of ['active', 'partially_filled', 'fully_filled'] as const) await make.order(db, { status })
      const before = (await db.query(lastEvents)).rows
      await db.query(statement)
      expect((await db.query(lastEvents)).rows).toEqual(
        before.map((row) => ({ ...row, stored: 'cancelled', recorded: 'cancelled', events: row.events + 1 })),
      )
    })(),
  )

  it(
    'appends one row for each of a customer’s orders that one statement moves',
    rolledBack(async (db) => {
      const customer = newId()
      for (const status of ['fully_filled', 'active'] as const) await make.order(db, { customer, status })
      await db.query("update app.orders set status = 'cancelled' where customer_id = $1", [customer])
      const { rows } = await db.query(
        "select from_status from app.order_events where customer_id = $1 and to_status = 'cancelled' order by from_status",
        [customer],
      )
      expect(rows.map(({ from_status }) => from_status)).toEqual(['active', 'fully_filled'])
    }),
  )

  it(
    'appends a row for a step and a row for the step back, also within one transaction',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await db.query(move, byHand(id, 'partially_filled'))
      await db.query(move, byHand(id, 'active'))
      const { rows } = await db.query('select to_status from app.order_events where order_id = $1 order by id', [id])
      expect(rows.map(({ to_status }) => to_status)).toEqual(['active', 'partially_filled', 'active'])
    }),
  )
})
