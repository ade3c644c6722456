import { expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'

it(
  'sorts before every id that is made from then on, and after those that were made before',
  rolledBack(async (db) => {
    const { before, at } = await one<{ before: string; at: Date }>(
      db,
      'select app.uuid_v7() as before, clock_timestamp() as at, pg_sleep(0.01)',
    )
    const sorted = await one<{ isOrdered: boolean }>(
      db,
      `select $1::uuid < api.first_id_at($2::timestamptz + interval '5 ms')
         and api.first_id_at($2::timestamptz + interval '5 ms') < app.uuid_v7() as "isOrdered"`,
      [before, at],
    )
    expect(sorted).toEqual({ isOrdered: true })
  }),
)

it(
  'is the first of its millisecond, rounded down as an id is',
  rolledBack(async (db) => {
    const { firsts } = await one<{ firsts: string[] }>(
      db,
      `select array_agg(distinct api.first_id_at(i.at)) as firsts
       from unnest('{2026-11-26 10:00:00.1230Z, 2026-11-26 10:00:00.1236Z, 2026-11-26 10:00:00.1239Z}'::timestamptz[]) i(at)`,
    )
    const digits = Date.parse('2026-11-26T10:00:00.123Z').toString(16).padStart(12, '0')
    expect(firsts).toEqual([`${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`])
  }),
)
