import { describe, expect, it } from 'vitest'
import { refusalOf, rolledBack } from '../support/database.ts'

describe('settings_row_stays', () => {
  it.each(['delete from app.settings', 'truncate app.settings'])('refuses: %s', (statement) =>
    rolledBack(async (db) => {
      expect(await refusalOf(db, statement)).toMatchObject({ code: 'OR409', constraint: 'settings_row_stays' })
    })(),
  )
})
