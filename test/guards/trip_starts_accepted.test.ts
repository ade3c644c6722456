import { describe, expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { expectRefused } from '../support/everything.ts'
import { make } from '../support/make.ts'
import { tripStatuses } from '../support/move-by-hand.ts'

/** With its truck request, which Postgres tries last. */
const insert = `with request as (
    update app.truck_requests set status = 'assigned' where order_id = $1 and request_number = 1)
  insert into app.trips (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone,
    status, started_at, ended_at)
  select customer_id, id, 1, gen_random_uuid(), 'MH12', 'Ravi', '9876543210', $2,
    case when $2 in ('in_transit', 'completed') then now() end,
    case when $2 in ('completed', 'withdrawn', 'cancelled') then now() end
  from app.orders where id = $1`

describe('trip_starts_accepted', () => {
  it.each(tripStatuses.filter((status) => status !== 'driver_accepted'))('refuses a trip that is born %s', (status) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await expectRefused(db, [insert, [id, status]], 'OR409', 'trip_starts_accepted')
    })(),
  )

  it(
    'lets a trip be born driver_accepted, also by hand',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      expect((await db.query(insert, [id, 'driver_accepted'])).rowCount).toBe(1)
    }),
  )
})
