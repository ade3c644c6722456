import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

const dispute = 'select * from api.dispute_cancel($1, $2, $3, $4)'
const code = 'customer_request'

describe('dispute_cancel', () => {
  it(
    'records what the customer wrote, now, and leaves the order and its trucks as they are',
    rolledBack(async (db) => {
      const { customer, id } = await make.filled(db, { started: 1 })
      const before = await everything(db)
      const made = await one(db, dispute, [customer, id, code, 'The driver does not answer'])
      const { disputes, ...rest } = await everything(db)
      expect({ ...rest, disputes: null }).toEqual(before)
      expect(disputes).toHaveLength(1)
      expect(made).toMatchObject({ customer_id: customer, order_id: id, reason_code: code })
      expect(await one(db, 'select * from api.disputes')).toEqual(made)
      expect(
        await one(db, "select notes, created_at > clock_timestamp() - interval '10 s' as is_new from api.disputes"),
      ).toEqual({ notes: 'The driver does not answer', is_new: true })
    }),
  )

  it(
    'asked again is the same dispute, and adds other words on a line of their own',
    rolledBack(async (db) => {
      const { customer, id } = await make.filled(db, { started: 1 })
      const first = await one(db, dispute, [customer, id, code, 'Too late'])
      for (const [notes, then] of [
        ['Too late', 'Too late'],
        ['', 'Too late'],
        ['Please call', 'Too late\nPlease call'],
        ['Please call', 'Too late\nPlease call'],
        ['late', 'Too late\nPlease call\nlate'],
        ['Please call\nlate', 'Too late\nPlease call\nlate'],
        ['late\nPlease', 'Too late\nPlease call\nlate\nlate\nPlease'],
        ['%', 'Too late\nPlease call\nlate\nlate\nPlease\n%'],
      ])
        expect(await one(db, dispute, [customer, id, 'another_code', notes])).toEqual({ ...first, notes: then })
      expect((await db.query('select from app.disputes')).rowCount).toBe(1)
    }),
  )

  it(
    'asked again with words where there were none has only these',
    rolledBack(async (db) => {
      const { customer, id } = await make.filled(db, { started: 1 })
      await db.query(dispute, [customer, id, code, ''])
      expect(await one(db, dispute, [customer, id, code, 'Please call'])).toMatchObject({ notes: 'Please call' })
    }),
  )

  it(
    'is one per order of a customer, also when another customer has an order of the same id',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'fully_filled' })
      const namesake = newId()
      await db.query(createOrderSql('p_order_id => $2'), [namesake, id])
      const second = await make.order(db, { customer, status: 'fully_filled' })
      for (const [whose, which] of [
        [customer, id],
        [customer, second.id],
        [namesake, id],
      ])
        await db.query(dispute, [whose, which, code, `${whose} ${which}`])
      const { rows } = await db.query('select customer_id, order_id, notes from app.disputes')
      expect(rows.map(({ customer_id, order_id, notes }) => notes === `${customer_id} ${order_id}`)).toEqual([
        true,
        true,
        true,
      ])
    }),
  )

  it(
    'refuses an unknown order and somebody else’s alike',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      for (const [whose, which] of [
        [newId(), id],
        [customer, newId()],
      ])
        await expectRefused(db, [dispute, [whose, which, code, '']], 'OR404', 'order_is_known')
    }),
  )

  it.each([
    ['no code', '', 'x', 'dispute_reason_code_is_1_to_100_characters'],
    ['a code of 101 characters', 'é'.repeat(101), 'x', 'dispute_reason_code_is_1_to_100_characters'],
    ['notes of 2001 characters', code, 'é'.repeat(2001), 'dispute_notes_are_at_most_2000_characters'],
  ])('refuses %s', (_, reason, notes, constraint) =>
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      await expectRefused(db, [dispute, [customer, id, reason, notes]], '23514', constraint)
    })(),
  )

  it(
    'answers all the same when there is no room for more words, and keeps those that were written',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      const first = await one(db, dispute, [customer, id, code, 'é'.repeat(1990)])
      for (const [notes, then] of [
        ['1234567890', 'é'.repeat(1990)],
        ['123456789', `${'é'.repeat(1990)}\n123456789`],
        ['x', `${'é'.repeat(1990)}\n123456789`],
        ['', `${'é'.repeat(1990)}\n123456789`],
      ])
        expect(await one(db, dispute, [customer, id, code, notes])).toEqual({ ...first, notes: then })
    }),
  )

  it(
    'has room for 2000 characters where nothing was written at first',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db)
      await db.query(dispute, [customer, id, code, ''])
      const most = 'é'.repeat(2000)
      expect(await one(db, dispute, [customer, id, code, most])).toMatchObject({ notes: most })
    }),
  )

  it(
    'tells disputes of one moment apart by their first eight characters, which the customer is shown',
    rolledBack(async (db) => {
      const shown = new Set<string>()
      for (let n = 0; n < 20; n++) {
        const { customer, id } = await make.order(db)
        const { id: disputeId } = await one<{ id: string }>(db, dispute, [customer, id, code, ''])
        shown.add(disputeId.slice(0, 8))
      }
      expect(shown.size).toBe(20)
    }),
  )
})
