import { expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'

it(
  'settings shows the one row, without the key that keeps it one',
  rolledBack(async (db) => {
    await db.query(
      "update app.settings set search_window = '5 minutes', creates_per_minute = 3, trip_alarm = '36 hours', retention = '500 days'",
    )
    expect(await one(db, 'select to_jsonb(s) as settings from api.settings s')).toEqual({
      settings: { search_window: '00:05:00', creates_per_minute: 3, trip_alarm: '36:00:00', retention: '500 days' },
    })
  }),
)
