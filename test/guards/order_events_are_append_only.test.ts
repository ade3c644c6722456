// On a copy of its own: a truncate, though refused, locks its tables first.
import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make } from '../support/make.ts'

const db = await copyDatabase()
await make.order(db.owner, { status: 'cancelled' })

describe('order_events_are_append_only', () => {
  it.each([
    "update app.order_events set reason = null, actor = 'nobody'",
    "update app.order_events set actor = 'nobody' where false",
    'delete from app.order_events',
    'truncate app.order_events',
    'truncate app.orders cascade',
  ])('refuses, and keeps every row: %s', async (statement) => {
    const rows = () => one(db.owner, 'select jsonb_agg(to_jsonb(e) order by e.id) as events from app.order_events e')
    const before = await rows()
    await expect(db.owner.query(statement)).rejects.toMatchObject({
      code: 'OR409',
      constraint: 'order_events_are_append_only',
    })
    expect(await rows()).toEqual(before)
    expect(before.events).toHaveLength(2)
  })
})
