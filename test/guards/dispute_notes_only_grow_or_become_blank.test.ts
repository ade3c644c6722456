import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make } from '../support/make.ts'

const rule = 'dispute_notes_only_grow_or_become_blank'
const disputeSql = "select notes from api.dispute_cancel($1, $2, 'customer_request', $3)"
const withCode = 'select reason_code from api.dispute_cancel($1, $2, $3, $4)'
const setCode = (code: string) => `update app.disputes set reason_code = '${code}' where order_id = $1`
const set = (notes: string) => `update app.disputes set notes = ${notes} where order_id = $1`

describe(rule, () => {
  it(
    'lets notes be added to, or become blank, and nothing else',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'in_progress' })
      await db.query(disputeSql, [customer, id, 'Asha waited'])
      const refusal = await expectRefused(db, [set("'Ravi waited'"), [id]], 'OR409', rule)
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: id })
      expect(await one(db, disputeSql, [customer, id, 'and waited'])).toEqual({ notes: 'Asha waited\nand waited' })
      await expectRefused(db, [set("'Asha waited'"), [id]], 'OR409', rule)
      expect((await db.query(set("''"), [id])).rowCount).toBe(1)
    }),
  )

  it(
    'lets a code become blank, after the notes too, and nothing else',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'in_progress' })
      await db.query(withCode, [customer, id, 'Asha is ill', 'Asha waited'])
      await expectRefused(db, [setCode('Ravi is ill'), [id]], 'OR409', rule)
      expect((await db.query(set("''"), [id])).rowCount).toBe(1)
      await expectRefused(db, [setCode('Ravi is ill'), [id]], 'OR409', rule)
      expect((await db.query(setCode('customer_request'), [id])).rowCount).toBe(1)
      await expectRefused(db, [setCode('Asha is ill'), [id]], 'OR409', rule)
    }),
  )

  it(
    'lets a code become blank while the notes stay',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'in_progress' })
      await db.query(withCode, [customer, id, 'Asha is ill', 'Asha waited'])
      expect((await db.query(setCode('customer_request'), [id])).rowCount).toBe(1)
      expect(await one(db, 'select notes from app.disputes where order_id = $1', [id])).toEqual({
        notes: 'Asha waited',
      })
    }),
  )

  it(
    'of an erased order are left out, a code of its own with them',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'completed' })
      await db.query('select api.erase_customer($1)', [customer])
      expect(await one(db, withCode, [customer, id, 'Asha is ill', ''])).toEqual({ reason_code: 'customer_request' })
    }),
  )

  it(
    'of an erased order are left out, though nobody who asks for help is refused',
    rolledBack(async (db) => {
      const [first, again] = [
        await make.order(db, { status: 'completed' }),
        await make.order(db, { status: 'completed' }),
      ]
      await db.query(disputeSql, [again.customer, again.id, 'Asha waited'])
      for (const { customer, id } of [first, again]) {
        await db.query('select api.erase_customer($1)', [customer])
        expect(await one(db, disputeSql, [customer, id, 'Asha still waits'])).toEqual({ notes: '' })
        expect(await one(db, 'select notes from app.disputes where order_id = $1', [id])).toEqual({ notes: '' })
      }
    }),
  )
})
