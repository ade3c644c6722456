import { expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'

it(
  'stuck_trips shows live trips without a move for the alarm’s time, what is needed to ring, and no other, until they end',
  rolledBack(async (db) => {
    const waiting = await make.filled(db, { trucks: 2, acceptedAgo: '25 hours' })
    const driving = await make.filled(db, { trucks: 2, started: 2, acceptedAgo: '25 hours' })
    await make.trip(db)
    await db.query("update app.trips set started_at = now() - interval '25 hours' where id = $1", [
      driving.trips[0]?.id,
    ])
    const stuck = async () => (await db.query('select * from api.stuck_trips order by id')).rows
    const { rows: expected } = await db.query(
      `select id, customer_id, order_id, transporter_id, vehicle_number, driver_name, driver_phone, status, created_at, started_at
       from app.trips where id = any($1) order by id`,
      [[...waiting.trips, driving.trips[0]].map((trip) => trip?.id)],
    )
    expect(expected).toHaveLength(3)
    expect(await stuck()).toEqual(expected)

    await db.query("select api.complete_trip($1, 'the driver says that he arrived yesterday')", [driving.trips[0]?.id])
    await db.query("select api.withdraw_trip($1, 'nobody answers')", [waiting.trips[0]?.id])
    expect((await stuck()).map(({ id }) => id)).toEqual([waiting.trips[1]?.id])
  }),
)
