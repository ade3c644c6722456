import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

describe('order_events_are_append_only', () => {
  it.each(['update app.order_events set reason = null', 'delete from app.order_events', 'truncate app.order_events'])(
    'refuses: %s',
    (statement) =>
      rolledBack(async (db) => {
        await make.order(db)
        expect(await refusalOf(db, statement)).toMatchObject({
          code: 'OR409',
          constraint: 'order_events_are_append_only',
        })
      })(),
  )
})
