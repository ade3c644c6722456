import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { createOrderSql, dueAt, make, newId } from '../support/make.ts'
import { byHand, move, statuses } from '../support/move-by-hand.ts'

type Line = { create_is_refused_by: string | null; what_to_do: string; order_id: string | null; status: string | null }
const explain = async (db: pg.Client, customer: string) =>
  (await db.query<Line>('select * from api.explain_customer($1)', [customer])).rows

/** By which rule a create is refused now, as whoever places one meets it; null when it is accepted. Leaves no trace. */
async function createIsRefusedBy(db: pg.Client, customer: string): Promise<string | null> {
  await db.query('savepoint attempt')
  try {
    return await db.query(createOrderSql(), [customer]).then(
      () => null,
      (error: pg.DatabaseError) => error.constraint ?? error.message,
    )
  } finally {
    await db.query('rollback to savepoint attempt')
  }
}

describe('explain_customer', () => {
  it.each(statuses)(
    'says of a customer with an order stored as %s what a create meets, due or not, above the create limit or not',
    (status) =>
      rolledBack(async (db) => {
        for (const dueIn of ['60 s', '-1 ms'])
          for (const [creates, limit] of [
            [2, 'creates_per_minute_within_limit'],
            [1000, null],
          ] as const) {
            const customer = newId()
            const recent = await one<{ id: string }>(db, createOrderSql(), [customer])
            await db.query('select api.cancel_order($1, $2)', [customer, recent.id])
            const { id } = await make.order(db, { customer, status, dueIn })
            await db.query('update app.settings set creates_per_minute = $1', [creates])

            const lines = await explain(db, customer)
            const refusedBy = await createIsRefusedBy(db, customer)
            expect(lines.map((line) => line.create_is_refused_by)).toEqual([refusedBy, refusedBy])
            expect(lines.map((line) => line.order_id)).toEqual([id, recent.id])
            const isOpen = ['active', 'partially_filled'].includes(status) && dueIn === '60 s'
            expect(refusedBy, `${dueIn} ${creates}`).toBe(isOpen ? 'one_active_order_per_customer' : limit)
          }
      })(),
  )

  it(
    'says the same as a create for a customer without any order, in one row',
    rolledBack(async (db) => {
      const customer = newId()
      expect(await explain(db, customer)).toEqual([
        {
          create_is_refused_by: null,
          what_to_do: 'Nothing: a create would be accepted now.',
          order_id: null,
          created_at: null,
          stored_status: null,
          status: null,
          is_open: null,
          expires_at: null,
          seconds_left: null,
        },
      ])
      expect(await createIsRefusedBy(db, customer)).toBeNull()
    }),
  )

  it(
    'tells the stored and the true status of a due order beside each other, and that it refuses nothing',
    rolledBack(async (db) => {
      const due = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-5 s' })
      expect(await explain(db, due.customer)).toEqual([
        expect.objectContaining({
          create_is_refused_by: null,
          order_id: due.id,
          stored_status: 'partially_filled',
          status: 'fully_filled',
          is_open: false,
          expires_at: due.expiresAt,
          seconds_left: 0,
        }),
      ])
    }),
  )

  it(
    'tells until when an open order is in the way, and a way out that works as it is printed',
    rolledBack(async (db) => {
      const open = await make.order(db, { dueIn: '42 s' })
      const [line] = await explain(db, open.customer)
      expect(line).toMatchObject({ status: 'active', is_open: true, expires_at: open.expiresAt, seconds_left: 42 })
      const [way = ''] = /select .*;/.exec(line?.what_to_do ?? '') ?? []
      expect(way).toContain(open.id)
      await db.query(way)
      expect(await explain(db, open.customer)).toEqual([
        expect.objectContaining({ create_is_refused_by: null, status: 'cancelled' }),
      ])
      expect(await createIsRefusedBy(db, open.customer)).toBeNull()
    }),
  )

  it(
    'names every order that matters, newest first: not over, of the last minute, or the newest',
    rolledBack(async (db) => {
      const customer = newId()
      const underWay = await make.order(db, { customer, status: 'in_progress' })
      await make.order(db, { customer, status: 'completed' })
      await make.order(db, { customer, status: 'expired' })
      const recent = await one<{ id: string }>(db, createOrderSql(), [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, recent.id])
      const newest = await make.order(db, { customer, status: 'cancelled' })
      await make.order(db)
      const lines = await explain(db, customer)
      expect(lines.map((line) => line.order_id)).toEqual([newest.id, recent.id, underWay.id])
      expect(lines.map((line) => line.status)).toEqual(['cancelled', 'cancelled', 'in_progress'])
    }),
  )

  it(
    'names a due order, though it is not the newest',
    rolledBack(async (db) => {
      const customer = newId()
      const withdrawn = await make.order(db, { customer, status: 'fully_filled' })
      const newest = await make.order(db, { customer, status: 'cancelled' })
      await db.query(move, byHand(withdrawn.id, 'active'))
      await dueAt(db, customer, withdrawn.id, '-1 s')
      expect((await explain(db, customer)).map((line) => [line.order_id, line.status])).toEqual([
        [newest.id, 'cancelled'],
        [withdrawn.id, 'expired'],
      ])
    }),
  )

  it(
    'writes nothing',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { dueIn: '-1 s' })
      await explain(db, customer)
      expect(await one(db, 'select status from app.orders where id = $1', [id])).toEqual({ status: 'active' })
    }),
  )
})
