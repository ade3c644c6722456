import { expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

it(
  'disputes shows every dispute as it is stored',
  rolledBack(async (db) => {
    for (const notes of ['Too late', '']) {
      const { customer, id } = await make.filled(db, { started: 1 })
      await db.query("select api.dispute_cancel($1, $2, 'customer_request', $3)", [customer, id, notes])
    }
    const rowsOf = async (relation: string) =>
      (await db.query(`select to_jsonb(d) as row from ${relation} d order by d.id`)).rows
    expect(await rowsOf('api.disputes')).toHaveLength(2)
    expect(await rowsOf('api.disputes')).toEqual(await rowsOf('app.disputes'))
  }),
)
