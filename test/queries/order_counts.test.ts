import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

type Count = { status: string; order_count: number }
const counts = async (db: pg.Client, between = '') =>
  (await db.query<Count>(`select * from api.order_counts(${between})`)).rows
const none = Object.fromEntries(statuses.map((status) => [status, 0]))
const counted = (rows: Count[]) => Object.fromEntries(rows.map(({ status, order_count }) => [status, order_count]))

describe('order_counts', () => {
  it(
    'has one row for every status there is, also without an order, by name',
    rolledBack(async (db) => {
      const rows = await counts(db)
      expect(counted(rows)).toEqual(none)
      expect(rows.map(({ status }) => status)).toEqual([...statuses].sort())
    }),
  )

  it(
    'counts by the true status: a search that has run out is expired or settled',
    rolledBack(async (db) => {
      for (const status of statuses) await make.order(db, { status })
      await make.order(db, { dueIn: '-1 s' })
      await make.order(db, { status: 'partially_filled', dueIn: '-1 s' })
      const expected = { ...Object.fromEntries(statuses.map((status) => [status, 1])), expired: 2, fully_filled: 2 }
      expect(counted(await counts(db))).toEqual(expected)
      await db.query('select api.expire_due_orders()')
      expect(counted(await counts(db))).toEqual(expected)
    }),
  )

  it(
    'counts the last 24 hours, unless it is told from when until when',
    rolledBack(async (db) => {
      // Made an hour before they end: 23, 25 and 50 hours ago.
      for (const dueIn of ['-22 hours', '-24 hours', '-49 hours'])
        await make.order(db, { status: 'fully_filled', dueIn })
      const filled = async (between?: string) => counted(await counts(db, between)).fully_filled
      expect(await filled()).toBe(1)
      expect(await filled('null, null')).toBe(1)
      expect(await filled("now() - interval '49 hours'")).toBe(2)
      expect(await filled("'-infinity'")).toBe(3)
      expect(await filled("p_created_from => '-infinity', p_created_before => now() - interval '24 hours'")).toBe(2)
      expect(await filled("now() - interval '30 hours', now() - interval '24 hours'")).toBe(1)
    }),
  )

  it(
    'counts an order that was created at the first instant, and none of the last',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      const at = `(select created_at from app.orders where id = '${id}')`
      expect(counted(await counts(db, `${at}, ${at} + interval '1 us'`)).active).toBe(1)
      expect(counted(await counts(db, `${at} - interval '1 s', ${at}`)).active).toBe(0)
    }),
  )
})
