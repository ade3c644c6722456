import type pg from 'pg'
import { expect } from 'vitest'
import { one, refusalOf } from './database.ts'

const tables = {
  orders: 'customer_id, id',
  truck_requests: 'customer_id, order_id, request_number',
  trips: 'customer_id, order_id, id',
  disputes: 'customer_id, order_id',
  order_events: 'customer_id, order_id, id',
}

/** Every row of every order with its version: a write that changes nothing shows too. For tests that roll back. */
export const everything = (db: pg.Client): Promise<Record<string, unknown>> =>
  one(
    db,
    `select ${Object.entries(tables).map(
      ([table, key]) =>
        `(select jsonb_agg(to_jsonb(t) || jsonb_build_object('version', t.ctid::text) order by ${key}) from app.${table} t) as ${table}`,
    )}`,
  )

/** The statement is refused by this rule, and leaves every row as it was. */
export async function expectRefused(
  db: pg.Client,
  [statement, values]: [string, unknown[]],
  code: string,
  constraint: string,
): Promise<pg.DatabaseError> {
  const before = await everything(db)
  const refusal = await refusalOf(db, statement, values)
  expect(refusal).toMatchObject({ code, constraint })
  expect(await everything(db)).toEqual(before)
  return refusal
}
