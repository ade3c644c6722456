import { expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'

it.each(['searching', 'assigned', 'in_progress', 'completed', 'expired', 'cancelled'])(
  'truck_request_status of one stored as %s is that, but for one that searches for an order that does not',
  (stored) =>
    rolledBack(async (db) => {
      const of = (isOpen: boolean) => one(db, 'select api.truck_request_status($1, $2) as status', [stored, isOpen])
      expect(await of(true)).toEqual({ status: stored })
      expect(await of(false)).toEqual({ status: stored === 'searching' ? 'expired' : stored })
    })(),
)
