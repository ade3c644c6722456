// What a worker refuses arrives without its constraint, and with a shard's number behind a constraint's name.
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { restoreRule } from '../../src/db/rule-behind.ts'
import { refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make } from '../support/make.ts'

const refusals: [rule: string, statement: string][] = [
  ['one_active_order_per_customer', createOrderSql()],
  ['order_has_1_to_60_truck_lines_of_1_to_100', createOrderSql().replace(/'\[.*\]'/, "'[]'")],
  ['order_events_are_append_only', 'delete from app.order_events where customer_id = $1'],
  ['distance_is_1_to_5000_km', 'update app.orders set distance_km = -1 where customer_id = $1'],
  [
    'truck_requests_are_numbered_within_their_order',
    'update app.truck_requests set request_number = 1 where customer_id = $1',
  ],
]

/** As an error reads that a worker has handed to the coordinator. */
function handOn(error: pg.DatabaseError): pg.DatabaseError {
  error.constraint = undefined
  return error
}

describe('the rule behind an error', () => {
  it.each(refusals)('is %s also where its name was left out, or names a shard', (rule, statement) =>
    rolledBack(async (db) => {
      const { customer } = await make.order(db)
      const error = await refusalOf(db, statement, [customer])
      expect(error.constraint).toBe(rule)
      restoreRule(handOn(error))
      expect(error.constraint).toBe(rule)
      error.constraint = `${rule}_102008`
      restoreRule(error)
      expect(error.constraint).toBe(rule)
    })(),
  )

  it(
    'is none where no rule was broken',
    rolledBack(async (db) => {
      const error = await refusalOf(db, 'select 1 / 0')
      restoreRule(error)
      expect(error.constraint).toBeUndefined()
    }),
  )
})
