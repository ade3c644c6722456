import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make } from '../support/make.ts'
import { moveTrip, tripPath, tripStatuses } from '../support/move-by-hand.ts'

const rule = 'driver_only_becomes_blank'
const set = (change: string) => `update app.trips set ${change} where id = $1`
const others = ["driver_name = 'Sunil'", "driver_phone = '9000000000'"]
const blanks = ["driver_name = ''", "driver_phone = ''"]

describe(rule, () => {
  it.each(tripStatuses)(
    'keeps the driver of a trip that is %s; of one that has ended each part may become blank',
    (status) =>
      rolledBack(async (db) => {
        const isLive = status === 'driver_accepted' || status === 'in_transit'
        for (const [i, blank] of blanks.entries()) {
          const { id } = await make.trip(db)
          for (const step of tripPath[status]) await db.query(moveTrip, [id, step])
          for (const change of isLive ? [...others, ...blanks] : others) {
            const refusal = await expectRefused(db, [set(change), [id]], 'OR409', rule)
            expect(JSON.parse(refusal.detail ?? '')).toEqual({ tripId: id, status })
          }
          if (isLive) continue
          expect((await db.query(set(blank), [id])).rowCount).toBe(1)
          await expectRefused(db, [set(others[i] ?? ''), [id]], 'OR409', rule)
        }
      })(),
  )

  it(
    'keeps the driver in the very update that ends the trip',
    rolledBack(async (db) => {
      const { id } = await make.trip(db)
      const end = moveTrip.replace('set status = $2,', "set status = $2, driver_name = '',")
      await expectRefused(db, [end, [id, 'withdrawn']], 'OR409', rule)
    }),
  )

  it(
    'lets what is no change be written',
    rolledBack(async (db) => {
      const { id } = await make.trip(db)
      expect((await db.query(set('driver_name = driver_name, driver_phone = driver_phone'), [id])).rowCount).toBe(1)
    }),
  )
})
