import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make } from '../support/make.ts'

const statuses = ['searching', 'assigned', 'in_progress', 'completed', 'expired', 'cancelled'] as const
type Status = (typeof statuses)[number]

const legal: Record<Status, Status[]> = {
  searching: ['assigned', 'expired', 'cancelled'],
  assigned: ['in_progress', 'searching', 'cancelled'],
  in_progress: ['completed'],
  completed: [],
  expired: [],
  cancelled: [],
}
const path: Record<Status, Status[]> = {
  searching: [],
  assigned: ['assigned'],
  in_progress: ['assigned', 'in_progress'],
  completed: ['assigned', 'in_progress', 'completed'],
  expired: ['expired'],
  cancelled: ['cancelled'],
}
const move = 'update app.truck_requests set status = $2 where order_id = $1 and request_number = 1'

describe('truck_request_move_is_legal', () => {
  it.each(statuses)('lets a truck request that is %s make the legal moves and no other, also by hand', (from) =>
    rolledBack(async (db) => {
      for (const to of statuses.filter((status) => status !== from)) {
        const { id } = await make.order(db)
        for (const step of path[from]) await db.query(move, [id, step])
        if (legal[from].includes(to)) {
          await db.query(move, [id, to])
          expect(
            await one(db, 'select status from app.truck_requests where order_id = $1 and request_number = 1', [id]),
          ).toEqual({ status: to })
        } else {
          const refusal = await expectRefused(db, [move, [id, to]], 'OR409', 'truck_request_move_is_legal')
          expect(JSON.parse(refusal.detail ?? '')).toEqual({ truckRequestId: `${id}.1`, from, to })
        }
      }
    })(),
  )

  it(
    'lets what is no move be written, of one that is over too',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await db.query(move, [id, 'cancelled'])
      expect((await db.query(move, [id, 'cancelled'])).rowCount).toBe(1)
    }),
  )
})
