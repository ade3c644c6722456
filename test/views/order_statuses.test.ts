import { expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { statuses } from '../support/move-by-hand.ts'

it(
  'order_statuses lists every status once, the first and the last of an order’s life included',
  rolledBack(async (db) => {
    const { rows } = await db.query<{ status: string }>('select status from api.order_statuses')
    expect(rows.map(({ status }) => status)).toEqual([...statuses].sort())
  }),
)
