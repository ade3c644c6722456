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
