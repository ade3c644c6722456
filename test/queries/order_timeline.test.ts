import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

type Line = {
  occurred_at: Date
  from_status: string | null
  to_status: string
  actor: string
  reason: string | null
  recorded_at: Date | null
}
const timelineOf = async (db: pg.Client, id: string) =>
  (await db.query<Line>('select * from api.order_timeline($1)', [id])).rows
const facts = ({ from_status, to_status, actor, reason }: Line) => [from_status, to_status, actor, reason]

describe('order_timeline', () => {
  it.each(statuses)(
    'of an order that is stored as %s ends with its true status, before and after the sweep',
    (status) =>
      rolledBack(async (db) => {
        for (const dueIn of ['60 s', '-1 s']) {
          const { customer, id, expiresAt } = await make.order(db, { status, trucks: 3, dueIn })
          const { status: now } = await one(db, 'select status from api.order_detail($1, $2)', [customer, id])
          const before = await timelineOf(db, id)
          expect(before.at(-1)?.to_status).toBe(now)
          const isDue = now !== status
          expect(before.map(({ recorded_at }) => recorded_at === null)).toEqual(
            before.map((_, i) => isDue && i === before.length - 1),
          )
          if (isDue)
            expect(before.at(-1)).toMatchObject({ actor: 'clock', from_status: status, occurred_at: expiresAt })

          await db.query('select api.close_due_order($1, $2)', [customer, id])
          const after = await timelineOf(db, id)
          const untold = (line: Line) => ({ ...line, recorded_at: null })
          expect(after.map(untold)).toEqual(before.map(untold))
          expect(after.map(({ recorded_at }) => recorded_at)).not.toContain(null)
        }
      })(),
  )

  it(
    'tells each move in order: from what to what, who, and why',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'fully_filled' })
      await make.order(db, { customer })
      await db.query("select api.cancel_order_by_id($1, 'asked by phone')", [id])
      const { session_user: me } = await one(db, 'select session_user')
      expect((await timelineOf(db, id)).map(facts)).toEqual([
        [null, 'active', me, null],
        ['active', 'fully_filled', me, null],
        ['fully_filled', 'cancelled', me, 'asked by phone'],
      ])
    }),
  )

  it(
    'tells each move of a trip too, and with how many trucks each line leaves the order',
    rolledBack(async (db) => {
      const { id, trips } = await make.filled(db, { trucks: 3, promised: 2, dueIn: '-1 ms' })
      const [first, second] = trips.map((trip) => trip.id)
      const told = async () =>
        (
          await db.query(
            'select to_status, trip_id, trip_status, trucks_filled, trucks_total from api.order_timeline($1)',
            [id],
          )
        ).rows.map((line) => Object.values(line))
      const soFar = [
        ['active', null, null, 0, 3],
        ['partially_filled', null, null, 1, 3],
        ['partially_filled', first, 'driver_accepted', 1, 3],
        ['partially_filled', second, 'driver_accepted', 2, 3],
        ['fully_filled', null, null, 2, 2],
      ]
      expect(await told(), 'nothing has written the settling down').toEqual(soFar)
      await db.query('select api.start_trip($1)', [first])
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [second])
      await db.query("select api.complete_trip($1, 'arrived')", [first])
      expect(await told()).toEqual([
        ...soFar,
        ['in_progress', null, null, 2, 2],
        ['in_progress', first, 'in_transit', 2, 2],
        ['in_progress', second, 'withdrawn', 1, 1],
        ['in_progress', first, 'completed', 1, 1],
        ['completed', null, null, 1, 1],
      ])
      const { rows } = await db.query('select reason from api.order_timeline($1) where reason is not null', [id])
      expect(rows.map(({ reason }) => reason)).toEqual(['flat tyre', 'arrived'])
    }),
  )

  it(
    'refuses an order that does not exist, and none at all',
    rolledBack(async (db) => {
      for (const id of [newId(), null])
        expect(await refusalOf(db, 'select * from api.order_timeline($1)', [id])).toMatchObject({
          code: 'OR404',
          constraint: 'order_is_known',
        })
    }),
  )
})
