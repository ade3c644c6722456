// The second process: creates through a pool of the driver, in one call or in five.
import { randomInt, randomUUID } from 'node:crypto'
import pg from 'pg'
import { type Measured, measuredOf } from '../measured.ts'
import { createOrder } from '../orders.ts'
import { givenJob, measuringFrom } from './job.ts'
import { numbered } from './statement.ts'

export type PoolJob = { url: string; way: 'one' | 'five'; sessions: number; inFlight: number; seconds: number }

const { url, way, sessions, inFlight, seconds } = await givenJob<PoolJob>()
const pool = new pg.Pool({
  connectionString: url,
  max: sessions,
  idleTimeoutMillis: 0,
  application_name: 'weelo-bench',
})
const opened = await Promise.all(Array.from({ length: sessions }, () => pool.connect()))
for (const session of opened) session.release()

/** A named statement, so that both ways are parsed and planned once per session. */
const query = (name: string, text: string, values: unknown[]) => pool.query({ name, text, values })

const statement = createOrder(':customer::uuid')
const whole = numbered({ ...statement, values: { ...statement.values, customer: '' } })

async function inOneCall(): Promise<void> {
  const customer = randomUUID()
  const values = whole.names.map((name) => (name === 'customer' ? customer : statement.values[name]))
  await query('create', whole.text, values)
}

const expired = 'select id from bench.orders where customer_id = $1 and is_open and expires_at <= $2'
const close =
  "update bench.orders set status = 'expired', updated_at = $2 where customer_id = $1 and is_open and expires_at <= $2"
const active = 'select id from bench.orders where customer_id = $1 and is_open'
const insertOrder = `insert into bench.orders (customer_id, expires_at, customer_name, customer_phone, pickup_latitude,
    pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested,
    trucks_total, total_amount, idempotency_key, content_hash)
  values ($1, clock_timestamp() + interval '60 seconds', $2, $3, 28.631502938471, 77.216698125004,
    'B-45, Block B, Connaught Place, New Delhi, Delhi 110001, India', 26.90873, 75.78327,
    'Civil Lines, Jaipur, Rajasthan, India', 237, 2, 2, 7110, $4, sha256(convert_to($4, 'UTF8')))
  returning id, created_at`
const insertTrucks = `insert into bench.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype,
    price_per_truck, created_at, updated_at)
  values ($1, $2, 1, 'open', '17 Feet', 3555, $3, $3), ($1, $2, 2, 'open', '17 Feet', 3555, $3, $3)`

async function inFiveRoundTrips(): Promise<void> {
  const [customer, now] = [randomUUID(), new Date()]
  await query('expired', expired, [customer, now])
  await query('close', close, [customer, now])
  const { rows: open } = await query('active', active, [customer])
  if (open.length > 0) throw new Error('a new customer has an open order')
  const phone = String(9_000_000_000 + randomInt(1_000_000_000))
  const { rows } = await query('insert_order', insertOrder, [customer, 'Asha', phone, randomUUID()])
  await query('insert_trucks', insertTrucks, [customer, rows[0].id, rows[0].created_at])
}

const create = way === 'one' ? inOneCall : inFiveRoundTrips
const latencies: number[] = []
const measuredAt = measuringFrom(seconds)
const lane = async () => {
  for (let sentAt = performance.now(); sentAt < measuredAt + seconds * 1000; sentAt = performance.now()) {
    await create()
    if (sentAt >= measuredAt) latencies.push(performance.now() - sentAt)
  }
}
await Promise.all(Array.from({ length: inFlight }, lane))
process.stdout.write(JSON.stringify(measuredOf(latencies, (performance.now() - measuredAt) / 1000) satisfies Measured))
await pool.end()
