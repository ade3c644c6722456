import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

describe('sweep_status', () => {
  it(
    'has its row before the first sweep, with nulls for a run that never was',
    rolledBack(async (db) => {
      expect(await one(db, 'select * from api.sweep_status()')).toEqual({
        name: 'expire_due_orders',
        started_at: null,
        finished_at: null,
        closed_count: null,
        due_count: 0,
        oldest_due_seconds: 0,
      })
    }),
  )

  it(
    'tells how many orders are due, and for how long the oldest has been',
    rolledBack(async (db) => {
      await make.order(db, { dueIn: '-90 s' })
      await make.order(db, { status: 'partially_filled', dueIn: '-5 s' })
      await make.order(db)
      await make.order(db, { status: 'fully_filled', dueIn: '-1 hour' })
      await make.order(db, { status: 'expired' })
      const { due_count, oldest_due_seconds } = await one<{ due_count: number; oldest_due_seconds: number }>(
        db,
        'select due_count, oldest_due_seconds from api.sweep_status()',
      )
      expect(due_count).toBe(2)
      expect(oldest_due_seconds).toBeGreaterThanOrEqual(90)
      expect(oldest_due_seconds).toBeLessThan(100)
    }),
  )

  it(
    'tells of the last run when it was and how many orders it closed',
    rolledBack(async (db) => {
      await make.order(db, { dueIn: '-5 s' })
      const { before } = await one<{ before: string }>(db, 'select clock_timestamp()::text as before')
      await db.query('select api.expire_due_orders()')
      expect(
        await one(
          db,
          `select closed_count, due_count, oldest_due_seconds,
             started_at >= $1 and finished_at between started_at and clock_timestamp() as just_now from api.sweep_status()`,
          [before],
        ),
      ).toEqual({ closed_count: 1, due_count: 0, oldest_due_seconds: 0, just_now: true })
    }),
  )
})
