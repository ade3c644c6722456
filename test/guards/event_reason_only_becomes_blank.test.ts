import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

const rule = 'event_reason_only_becomes_blank'
const set = (reason: string) => `update app.order_events set reason = ${reason} where order_id = $1`
const reasons = 'select array_agg(reason order by id) as reasons from app.order_events where order_id = $1'

describe(rule, () => {
  it(
    'lets the reasons of an order that is over become blank, and nothing else',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      await db.query("select api.cancel_order($1, $2, 'Asha is away')", [customer, id])
      for (const other of ["'another'", "''"]) await expectRefused(db, [set(other), [id]], 'OR409', rule)
      await db.query(set('null'), [id])
      expect(await one(db, reasons, [id])).toEqual({ reasons: [null, null] })
      await expectRefused(db, [set("'another'"), [id]], 'OR409', rule)
    }),
  )

  it.each(['driver_accepted', 'in_transit'])(
    'keeps the reasons of an order that is not over: its other trip is %s',
    (status) =>
      rolledBack(async (db) => {
        const { customer, id, trips } = await make.filled(db, { trucks: 2 })
        await db.query("select api.withdraw_trip($1, 'Asha was ill')", [trips[0]?.id])
        await make.trip(db, { order: { customer, id, expiresAt: new Date() } })
        if (status === 'in_transit') await db.query('select api.start_trip($1)', [trips[1]?.id])
        await expectRefused(db, [set('null'), [id]], 'OR409', rule)
        await db.query(set('reason'), [id])
      })(),
  )

  it(
    'goes by its own order, not by another of the customer or one of the same id of another customer',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      await db.query("select api.cancel_order($1, $2, 'Asha is away')", [customer, id])
      await db.query(createOrderSql('p_order_id => $2'), [newId(), id])
      await make.order(db, { customer })
      expect((await db.query(`${set('null')} and customer_id = $2`, [id, customer])).rowCount).toBe(2)
    }),
  )

  it(
    'is asked only by an update of the reason: what appends an event pays nothing',
    rolledBack(async (db) => {
      expect(
        await one(
          db,
          `select array(select a.attname::text from pg_attribute a where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr)) as columns,
             t.tgtype & 28 as events from pg_trigger t where t.tgname = $1`,
          [rule],
        ),
      ).toEqual({ columns: ['reason'], events: 16 })
    }),
  )

  it(
    'and order_events_are_append_only keep every column of an event between them',
    rolledBack(async (db) => {
      const { unguarded } = await one(
        db,
        `select array(select a.attname::text from pg_attribute a where a.attrelid = 'app.order_events'::regclass and a.attnum > 0
           and not a.attisdropped and not exists (select from pg_trigger t where t.tgrelid = a.attrelid
             and t.tgname in ('order_events_are_append_only', $1) and a.attnum = any (t.tgattr))) as unguarded`,
        [rule],
      )
      expect(unguarded).toEqual([])
    }),
  )
})
