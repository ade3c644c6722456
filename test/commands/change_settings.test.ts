import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

const settings = (db: pg.Client) => one(db, 'select to_jsonb(s) as now from app.settings s')

describe('change_settings', () => {
  it.each([
    ['the search window alone', "p_search_window => '5 minutes'", { search_window: '00:05:00' }],
    ['the create limit alone', 'p_creates_per_minute => 3', { creates_per_minute: 3 }],
    ['the alarm for trips alone', "p_trip_alarm => '36 hours'", { trip_alarm: '36:00:00' }],
    ['the retention alone', "p_retention => '500 days'", { retention: '500 days' }],
    [
      'all',
      "'90 seconds', 4, '2 days', '2 years'",
      { search_window: '00:01:30', creates_per_minute: 4, trip_alarm: '2 days', retention: '2 years' },
    ],
    ['nothing', '', {}],
    ['nothing for nulls', 'null, null, null, null', {}],
  ])('changes %s, keeps the rest, and returns what is true then', (_, given, changed) =>
    rolledBack(async (db) => {
      const { now } = await settings(db)
      const expected = { ...(now as object), ...changed }
      const { row } = await one(db, `select to_jsonb(s) as row from api.change_settings(${given}) s`)
      expect(await settings(db)).toEqual({ now: expected })
      expect({ is_only_row: true, ...(row as object) }).toEqual(expected)
    })(),
  )

  it.each([
    ["p_search_window => '999 ms'", 'search_window_is_1_s_to_1_h'],
    ["p_search_window => '0'", 'search_window_is_1_s_to_1_h'],
    ["p_search_window => '-1 minute'", 'search_window_is_1_s_to_1_h'],
    ["p_search_window => '1 hour 1 us'", 'search_window_is_1_s_to_1_h'],
    ["p_search_window => '1 month'", 'search_window_is_1_s_to_1_h'],
    ["p_search_window => '2 hours', p_creates_per_minute => 5", 'search_window_is_1_s_to_1_h'],
    ['p_creates_per_minute => 0', 'creates_per_minute_is_positive'],
    ['p_creates_per_minute => -1', 'creates_per_minute_is_positive'],
    ['p_creates_per_minute => 1000001', 'creates_per_minute_is_positive'],
    ["p_creates_per_minute => 0, p_search_window => '5 minutes'", 'creates_per_minute_is_positive'],
    ["p_trip_alarm => '59 seconds'", 'trip_alarm_is_1_min_to_30_days'],
    ["p_trip_alarm => '-1 day'", 'trip_alarm_is_1_min_to_30_days'],
    ["p_trip_alarm => '30 days 1 us'", 'trip_alarm_is_1_min_to_30_days'],
    ["p_retention => '400'", 'retention_is_30_days_to_10_years'],
    ["p_retention => '29 days 23:59:59'", 'retention_is_30_days_to_10_years'],
    ["p_retention => '-400 days'", 'retention_is_30_days_to_10_years'],
    ["p_retention => '10 years 1 us'", 'retention_is_30_days_to_10_years'],
  ])('refuses %s by %s, and changes nothing', (given, constraint) =>
    rolledBack(async (db) => {
      const before = await settings(db)
      expect(await refusalOf(db, `select api.change_settings(${given})`)).toMatchObject({ code: '23514', constraint })
      expect(await settings(db)).toEqual(before)
    })(),
  )

  it.each(["'1 second', 1, '1 minute', '30 days'", "'1 hour', 1000000, '30 days', '10 years'"])(
    'takes the ends of the range: %s',
    (given) =>
      rolledBack(async (db) => {
        const { now } = await settings(db)
        await db.query(`select api.change_settings(${given})`)
        expect(await settings(db)).not.toEqual({ now })
      })(),
  )

  it(
    'holds for every create from then on, and leaves orders that search their window',
    rolledBack(async (db) => {
      const windowOf = (id: string) =>
        one(
          db,
          'select extract(epoch from expires_at - created_at)::integer as seconds from api.orders where id = $1',
          [id],
        )
      const before = await one<{ id: string }>(db, createOrderSql(), [newId()])
      await db.query("select api.change_settings(p_search_window => '5 minutes')")
      const after = await one<{ id: string }>(db, createOrderSql(), [newId()])
      expect(await windowOf(before.id)).toEqual({ seconds: 60 })
      expect(await windowOf(after.id)).toEqual({ seconds: 300 })
    }),
  )

  it(
    'of the create limit holds at once',
    rolledBack(async (db) => {
      const customer = newId()
      const { id } = await one<{ id: string }>(db, createOrderSql(), [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, id])
      await db.query('select api.change_settings(p_creates_per_minute => 1)')
      expect(await refusalOf(db, createOrderSql(), [customer])).toMatchObject({
        constraint: 'creates_per_minute_within_limit',
      })
      await db.query('select api.change_settings(p_creates_per_minute => 2)')
      expect(await one(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
    }),
  )

  it(
    'of the alarm for trips holds at once',
    rolledBack(async (db) => {
      await make.filled(db, { acceptedAgo: '2 hours' })
      const stuck = async () => (await db.query('select from api.stuck_trips')).rowCount
      expect(await stuck()).toBe(0)
      await db.query("select api.change_settings(p_trip_alarm => '119 minutes')")
      expect(await stuck()).toBe(2)
    }),
  )
})
