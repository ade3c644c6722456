import { expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { range, tally } from '../support/scale.ts'

const db = await copyDatabase()
const SIZE = 100_000
const LIMIT = 500

it('four sweeps at once over 100,000 due orders close each once, without a deadlock', async () => {
  // A thousand orders end at each of a hundred instants.
  await db.owner.query(
    `insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
       drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
     select gen_random_uuid(), now() - interval '1 hour', now() - interval '1 min' - n % 100 * interval '1 s', 1, 1, 'a', 2, 2, 'b', 1, 2, 2, 2000, sha256('')
     from generate_series(1, $1::integer) n`,
    [SIZE],
  )
  await db.owner.query(
    `insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, status, created_at, updated_at)
     select customer_id, id, n, 'open', '17 Feet', 1000, 'searching', now(), now() from app.orders, generate_series(1, 2) n`,
  )
  const deadlocks = () => one(db.owner, 'select deadlocks from pg_stat_database where datname = current_database()')
  const before = await deadlocks()

  const sweepers = await Promise.all(range(4).map(() => db.owner.connect()))
  const closed = await Promise.all(
    sweepers.map(async (session) => {
      const batches: number[] = []
      do {
        const { n } = await one<{ n: number }>(session, 'select api.expire_due_orders($1) as n', [LIMIT])
        batches.push(n)
      } while (batches.at(-1) !== 0)
      return batches
    }),
  )
  for (const session of sweepers) session.release()

  const batches = closed.flat()
  console.log(`orders closed by each sweep: ${closed.map((each) => each.reduce((a, b) => a + b, 0)).join(', ')}`)
  expect(Math.max(...batches)).toBeLessThanOrEqual(LIMIT)
  expect(batches.reduce((a, b) => a + b, 0)).toBe(SIZE)
  for (const each of closed) expect(each.length).toBeGreaterThan(10)
  expect(await deadlocks()).toEqual(before)
  const { rows } = await db.owner.query(
    `select o.status, count(e.id)::integer as expiries from app.orders o
     left join app.order_events e on (e.customer_id, e.order_id) = (o.customer_id, o.id) and e.to_status = 'expired'
     group by o.customer_id, o.id, o.status`,
  )
  expect(tally(rows.map((row) => `${row.status} ${row.expiries}`))).toEqual({ 'expired 1': SIZE })
  expect(
    await one(db.owner, 'select count(*)::integer as n, min(status), max(status) from app.truck_requests'),
  ).toEqual({
    n: 2 * SIZE,
    min: 'expired',
    max: 'expired',
  })
})
