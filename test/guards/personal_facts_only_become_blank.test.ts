import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make } from '../support/make.ts'

const rule = 'personal_facts_only_become_blank'
const set = (change: string) => `update app.orders set ${change} where id = $1`
const stop = `'[{"latitude": 1, "longitude": 1, "address": "a"}]'`

/** Another value of each column, which every other rule allows, and the blank one. */
const facts: Record<string, [other: string, blank: string]> = {
  customer_name: ["'Ravi'", "''"],
  customer_phone: ["'9000000000'", "''"],
  pickup_latitude: ['1', '0'],
  pickup_longitude: ['1', '0'],
  pickup_address: ["'x'", "''"],
  pickup_city: ["'x'", 'null'],
  pickup_state: ["'x'", 'null'],
  drop_latitude: ['1', '0'],
  drop_longitude: ['1', '0'],
  drop_address: ["'x'", "''"],
  drop_city: ["'x'", 'null'],
  drop_state: ["'x'", 'null'],
  stops: [stop, "'[]'"],
  content_hash: ["sha256('x')", "decode(repeat('00', 32), 'hex')"],
}
const over = ['expired', 'cancelled', 'completed'] as const
const live = ['active', 'partially_filled', 'fully_filled', 'in_progress'] as const

describe(rule, () => {
  it.each(Object.entries(facts))(
    'lets %s of an order that is over become blank, and nothing else',
    (column, [other, blank]) =>
      rolledBack(async (db) => {
        for (const status of over) {
          const { id } = await make.order(db, { status, name: 'Asha', phone: '9876543210' })
          const refusal = await expectRefused(db, [set(`${column} = ${other}`), [id]], 'OR409', rule)
          expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: id, status })
          expect((await db.query(set(`${column} = ${blank}`), [id])).rowCount).toBe(1)
          await expectRefused(db, [set(`${column} = ${other}`), [id]], 'OR409', rule)
        }
      })(),
  )

  it.each(Object.entries(facts))(
    'keeps %s of an order that is live, as it is and from being blanked',
    (column, [other, blank]) =>
      rolledBack(async (db) => {
        for (const status of live) {
          const { id } = await make.order(db, { status, name: 'Asha', phone: '9876543210' })
          await expectRefused(db, [set(`${column} = ${other}`), [id]], 'OR409', rule)
          const was = await one<{ blank: boolean }>(
            db,
            `select ${column} is not distinct from ${blank} as blank from app.orders where id = $1`,
            [id],
          )
          if (!was.blank) await expectRefused(db, [set(`${column} = ${blank}`), [id]], 'OR409', rule)
        }
      })(),
  )

  it(
    'keeps them in the very update that ends the order',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { name: 'Asha' })
      const end = set("status = 'cancelled', customer_name = ''")
      await expectRefused(db, [end, [id]], 'OR409', rule)
    }),
  )

  it.each([...Object.keys(facts), 'cancel_reason'])(
    'lets no order say that it is erased while its %s says something',
    (column) =>
      rolledBack(async (db) => {
        await db.query('alter table app.orders disable trigger closed_order_never_changes')
        const { id } = await make.order(db, { status: 'cancelled' })
        const set = (values: [column: string, value: string][]) =>
          `update app.orders set ${values.map(([name, value]) => `${name} = ${value}`)} where id = $1`
        const blank = Object.entries(facts).map(([name, [, value]]): [string, string] => [name, value])
        const erased: [string, string][] = [
          ['cancel_reason', 'null'],
          ['erased_at', 'now()'],
          ['erased_by', "'clock'"],
        ]
        const other = facts[column]?.[0] ?? "'x'"
        await db.query(`alter table app.orders disable trigger ${rule}`)
        await db.query(set([[column, other]]), [id])
        await db.query(`alter table app.orders enable trigger ${rule}`)
        const allButOne = [...blank, ...erased].filter(([name]) => name !== column)
        await expectRefused(db, [set(allButOne), [id]], 'OR409', rule)
        expect((await db.query(set([...blank, ...erased]), [id])).rowCount).toBe(1)
      })(),
  )

  it(
    'keeps what is erased so, with when and by whom',
    rolledBack(async (db) => {
      const { id, customer } = await make.order(db, { status: 'completed', name: 'Asha' })
      await db.query('select api.erase_customer($1)', [customer])
      for (const change of ['erased_at = null, erased_by = null', 'erased_at = now()', "erased_by = 'nobody'"])
        await expectRefused(db, [set(change), [id]], 'OR409', rule)
    }),
  )

  it(
    'lets a live order say that it is erased as little as that it is blank',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      const erase = set("erased_at = now(), erased_by = 'clock'")
      expect(await refusalOf(db, erase, [id])).toMatchObject({ constraint: rule })
    }),
  )

  it(
    'lets what is no change be written, of a live order too',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { name: 'Asha' })
      expect((await db.query(set("customer_name = 'Asha', goods_type = 'Steel'"), [id])).rowCount).toBe(1)
    }),
  )

  // What a create, a cancel and a sweep never name: they do not pay for it.
  it(
    'is asked only by an update of these columns',
    rolledBack(async (db) => {
      const { columns, events } = await one(
        db,
        `select array(select a.attname::text from pg_attribute a where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr) order by 1) as columns,
           t.tgtype & 28 as events from pg_trigger t where t.tgname = $1`,
        [rule],
      )
      expect(columns).toEqual([...Object.keys(facts), 'erased_at', 'erased_by'].sort())
      expect(events).toBe(16) // update, and neither insert nor delete
    }),
  )
})
