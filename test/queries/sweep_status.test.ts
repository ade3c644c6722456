import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

describe('sweep_status', () => {
  it(
    'has its row before the first sweep, with nulls for a run that never was',
    rolledBack(async (db) => {
      const never = { started_at: null, finished_at: null, closed_count: null, due_count: 0, oldest_due_seconds: 0 }
      expect((await db.query('select * from api.sweep_status()')).rows).toEqual([
        { name: 'expire_due_orders', ...never },
        { name: 'erase_old_orders', ...never },
      ])
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
        "select due_count, oldest_due_seconds from api.sweep_status() where name = 'expire_due_orders'",
      )
      expect(due_count).toBe(2)
      expect(oldest_due_seconds).toBeGreaterThanOrEqual(90)
      expect(oldest_due_seconds).toBeLessThan(100)
    }),
  )

  it(
    'tells how many orders are to be erased, by how much the oldest is too old, and what the last run erased',
    rolledBack(async (db) => {
      await make.order(db, { status: 'expired', createdAgo: '400 days 90 s' })
      await make.order(db, { status: 'completed', createdAgo: '500 days' })
      await make.order(db, { status: 'in_progress', createdAgo: '500 days' })
      await make.order(db, { status: 'cancelled', createdAgo: '399 days 23 hours' })
      const status = `select closed_count, due_count, oldest_due_seconds / 86400 as days,
        finished_at between started_at and clock_timestamp() as is_run from api.sweep_status() where name = 'erase_old_orders'`
      expect(await one(db, status)).toEqual({ closed_count: null, due_count: 2, days: 100, is_run: null })
      await db.query('select api.erase_old_orders()')
      expect(await one(db, status)).toEqual({ closed_count: 2, due_count: 0, days: 0, is_run: true })
    }),
  )

  it(
    'counts no more than 1,000 orders that are to be erased',
    rolledBack(async (db) => {
      await make.order(db, { status: 'completed', createdAgo: '500 days' })
      await db.query(`insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
           drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
         select gen_random_uuid(), now() - interval '401 days', now() + interval '1 hour', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
         from generate_series(1, 1001)`)
      await db.query("update app.orders set status = 'cancelled' where distance_km = 1")
      expect(
        await one(
          db,
          `select due_count, oldest_due_seconds / 86400 as days from api.sweep_status() where name = 'erase_old_orders'`,
        ),
      ).toEqual({ due_count: 1000, days: 100 })
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
             started_at >= $1 and finished_at between started_at and clock_timestamp() as just_now
           from api.sweep_status() where name = 'expire_due_orders'`,
          [before],
        ),
      ).toEqual({ closed_count: 1, due_count: 0, oldest_due_seconds: 0, just_now: true })
    }),
  )
})
