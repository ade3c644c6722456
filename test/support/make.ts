import { randomUUID } from 'node:crypto'
import { type Db, isCitus, one } from './database.ts'
import type { statuses } from './move-by-hand.ts'

type Order = { customer: string; id: string; expiresAt: Date }
type OrderOptions = {
  customer?: string
  /** Reached by legal moves from active, as the service would. */
  status?: (typeof statuses)[number]
  trucks?: number
  /** Interval from now to the end of the search; negative makes the order due. */
  dueIn?: string
  key?: string
  /** As in the customer's token. */
  name?: string
  phone?: string
  /** Interval from the creation to the end of the search, so to about now. */
  createdAgo?: string
}

export const newId = (): string => randomUUID()

export const make = { order, trip, filled }

type Trip = { id: string; order: Order; transporter: string; vehicle: string; phone: string }
type TripOptions = {
  /** An open order whose truck request `number` is sought; a new one of that many trucks unless given. */
  order?: Order
  number?: number
  trucks?: number
  transporter?: string
  /** Interval; then it is written by hand, since nobody may date an acceptance back. */
  acceptedAgo?: string
}

/** What api.accept_truck_request wants: $1 is the truck request, $2 the transporter, then the truck. */
export const acceptSql = 'select * from api.accept_truck_request($1, $2, $3, $4, $5)'

const digits = () => Array.from({ length: 10 }, () => Math.floor(Math.random() * 10)).join('')

/** A vehicle and a driver that nobody else has. */
export const newTruck = () => ({ vehicle: `MH${digits()}`, driver: 'Ravi', phone: digits() })

/** A trip that a transporter has accepted; api.start_trip and the others move it on. */
async function trip(
  db: Db,
  { order: given, number = 1, trucks = 1, transporter = newId(), acceptedAgo }: TripOptions = {},
): Promise<Trip> {
  const of = given ?? (await order(db, { trucks }))
  const truck = newTruck()
  const { vehicle, driver, phone } = truck
  const { id } = acceptedAgo
    ? await acceptByHand(db, of, number, transporter, truck, acceptedAgo)
    : await one<{ id: string }>(db, acceptSql, [`${of.id}.${number}`, transporter, vehicle, driver, phone])
  return { id, order: of, transporter, vehicle, phone }
}

/** Three statements, since a distributed database takes one table at a time. Returns the trip. */
async function acceptByHand(
  db: Db,
  of: Order,
  number: number,
  by: string,
  truck: ReturnType<typeof newTruck>,
  ago: string,
) {
  const key = [of.customer, of.id]
  await db.query(
    "update app.truck_requests set status = 'assigned' where customer_id = $1 and order_id = $2 and request_number = $3",
    [...key, number],
  )
  await db.query(
    `update app.orders set trucks_filled = trucks_filled + 1,
       status = case when trucks_filled + 1 = trucks_total then 'fully_filled' else 'partially_filled' end
     where customer_id = $1 and id = $2`,
    key,
  )
  const { id } = await one<{ id: string }>(db, 'select app.uuid_v7() as id')
  await claim(db, of, id, truck)
  return one<{ id: string }>(
    db,
    `insert into app.trips (customer_id, order_id, id, request_number, transporter_id, vehicle_number, driver_name, driver_phone, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() - $9::interval) returning id`,
    [...key, id, number, by, truck.vehicle, truck.driver, truck.phone, ago],
  )
}

/** Where orders are distributed, a trip by hand wants its vehicle and its driver claimed first. */
export async function claim(
  db: Db,
  of: { customer: string; id: string },
  trip: string,
  truck: { vehicle: string; phone: string },
) {
  if (isCitus)
    await db.query('select api.claim_truck($1, $2, $3, $4, $5)', [of.customer, of.id, trip, truck.vehicle, truck.phone])
}

type FilledOptions = {
  customer?: string
  trucks?: number
  /** How many trucks are promised, the first ones; all unless given. */
  promised?: number
  /** How many of those are on the road, the first ones, and then no search runs. */
  started?: number
  dueIn?: string
  acceptedAgo?: string
}

/** An order whose trucks were promised, and then set off, by the transporters' commands. Its truck n costs n hundred rupees. */
async function filled(
  db: Db,
  { customer, trucks = 2, promised = trucks, started = 0, dueIn = '60 s', acceptedAgo }: FilledOptions = {},
): Promise<Order & { trips: Trip[] }> {
  const of = await order(db, { trucks, ...(customer && { customer }) })
  await db.query(
    'update app.truck_requests set price_per_truck = request_number * 100 where customer_id = $1 and order_id = $2',
    [of.customer, of.id],
  )
  await db.query('update app.orders set total_amount = $3 where customer_id = $1 and id = $2', [
    of.customer,
    of.id,
    (trucks * (trucks + 1) * 100) / 2,
  ])
  const trips: Trip[] = []
  for (let number = 1; number <= promised; number++)
    trips.push(await trip(db, { order: of, number, ...(acceptedAgo && { acceptedAgo }) }))
  await dueAt(db, of.customer, of.id, dueIn)
  for (const { id } of trips.slice(0, started)) await db.query('select api.start_trip($1)', [id])
  return { ...of, trips }
}

/** An order as the owner would write it by hand, one truck request per truck at 1,000 rupees each. */
async function order(
  db: Db,
  {
    customer = newId(),
    status = 'active',
    trucks = 2,
    dueIn = '60 s',
    key,
    name = '',
    phone = '',
    createdAgo = '1 hour',
  }: OrderOptions = {},
): Promise<Order> {
  const row = await one<{ id: string }>(
    db,
    `insert into app.orders (customer_id, created_at, updated_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
       drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, idempotency_key, content_hash, customer_name, customer_phone)
     values ($1, now() - $6::interval, now() - $6::interval, now() + interval '1 hour', 28.6, 77.2, 'Delhi', 26.9, 75.7, 'Jaipur', 237,
       $2, $2, $2 * 1000, $3, sha256(''), $4, $5) returning id`,
    [customer, trucks, key, name, phone, createdAgo],
  )
  await db.query(
    `insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, created_at, updated_at)
     select $1, $2, n, 'open', '17 Feet', 1000, now(), now() from generate_series(1, $3::integer) n`,
    [customer, row.id, trucks],
  )
  await moveTo(db, customer, row.id, status, trucks, createdAgo)
  if (status !== 'expired' && status !== 'cancelled' && status !== 'completed')
    await dueAt(db, customer, row.id, dueIn, createdAgo)
  const { expires_at } = await one<{ expires_at: Date }>(
    db,
    'select expires_at from app.orders where customer_id = $1 and id = $2',
    [customer, row.id],
  )
  return { customer, id: row.id, expiresAt: expires_at }
}

/** Moves a live order's window so that its search ends at an interval from now. */
export async function dueAt(db: Db, customer: string, id: string, dueIn: string, createdAgo = '1 hour'): Promise<void> {
  const { at } = await one<{ at: string }>(db, 'select (clock_timestamp() + $1::interval)::text as at', [dueIn])
  await db.query(
    `update app.orders set created_at = $3::timestamptz - $4::interval, expires_at = $3
     where customer_id = $1 and id = $2`,
    [customer, id, at, createdAgo],
  )
}

async function moveTo(
  db: Db,
  customer: string,
  id: string,
  status: string,
  trucks: number,
  createdAgo: string,
): Promise<void> {
  const fill = (filled: number, to: string) =>
    db.query('update app.orders set status = $3, trucks_filled = $4 where customer_id = $1 and id = $2', [
      customer,
      id,
      to,
      filled,
    ])
  const assign = (upTo: number) =>
    db.query(
      "update app.truck_requests set status = 'assigned' where customer_id = $1 and order_id = $2 and request_number <= $3",
      [customer, id, upTo],
    )
  if (status === 'partially_filled') {
    await assign(1)
    await fill(1, status)
  }
  if (['fully_filled', 'in_progress', 'completed'].includes(status)) {
    await assign(trucks)
    await fill(trucks, 'fully_filled')
  }
  if (['in_progress', 'completed'].includes(status)) await fill(trucks, 'in_progress')
  if (status === 'completed') await fill(trucks, 'completed')
  if (status === 'cancelled') await db.query('select api.cancel_order($1, $2)', [customer, id])
  if (status === 'expired') {
    await dueAt(db, customer, id, '-1 s', createdAgo)
    await db.query('select api.close_due_order($1, $2)', [customer, id])
  }
}

/** What api.create_order wants, in SQL: $1 is the customer; more named arguments may follow. */
export const createOrderSql = (more = '') => `select * from api.create_order(p_customer_id => $1,
  p_pickup => '{"latitude": 28.63148, "longitude": 77.21666, "address": "Connaught Place, New Delhi"}',
  p_drop => '{"latitude": 26.90873, "longitude": 75.78327, "address": "Civil Lines, Jaipur"}',
  p_truck_lines => '[{"vehicle_type": "open", "vehicle_subtype": "17 Feet", "quantity": 2, "price_per_truck": 3555}]',
  p_distance_km => 237${more && `, ${more}`})`
