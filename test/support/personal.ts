// Orders that hold everything personal that an order can, made by the commands; and what is left of it.
import { type Db, one } from './database.ts'
import { acceptSql, dueAt, newId, newTruck } from './make.ts'

/** In every text that says something of a person. */
export const secret = 'Asha'

const place = (latitude: number, longitude: number) =>
  JSON.stringify({
    latitude,
    longitude,
    address: `${secret}, Civil Lines`,
    city: `${secret}pur`,
    state: `${secret}land`,
  })
const createSql = `select id from api.create_order(p_customer_id => $1, p_pickup => '${place(28.63, 77.21)}', p_drop => '${place(26.9, 75.78)}',
  p_stops => '[${place(27.5, 76.6)}]', p_truck_lines => '[{"vehicle_type": "open", "vehicle_subtype": "17 Feet", "quantity": 2, "price_per_truck": 3555}]',
  p_distance_km => 237, p_customer_name => '${secret}', p_customer_phone => '9876543210', p_idempotency_key => $2)`

type Options = { customer?: string; createdAgo?: string }

/** A completed order of two trucks with a withdrawn trip and a dispute, and a cancelled one with a reason. */
export async function makePersonal(db: Db, { customer = newId(), createdAgo = '1 hour' }: Options = {}) {
  const done = await create(db, customer)
  await dueAt(db, customer, done, '60 s', createdAgo)
  const withdrawn = await accept(db, `${done}.1`)
  await db.query('select api.withdraw_trip($1, $2)', [withdrawn, `${secret} was ill`])
  for (const id of [await accept(db, `${done}.1`), await accept(db, `${done}.2`)]) {
    await db.query('select api.start_trip($1)', [id])
    await db.query('select api.complete_trip($1, $2)', [id, `${secret} rang`])
  }
  await db.query('select api.dispute_cancel($1, $2, $3, $4)', [customer, done, `for ${secret}`, `${secret} waited`])
  const cancelled = await create(db, customer)
  await dueAt(db, customer, cancelled, '60 s', createdAgo)
  await db.query('select api.cancel_order($1, $2, $3)', [customer, cancelled, `${secret} is away`])
  return { customer, done, cancelled }
}

const create = async (db: Db, customer: string) => (await one<{ id: string }>(db, createSql, [customer, newId()])).id

async function accept(db: Db, truckRequest: string): Promise<string> {
  const { vehicle, phone } = newTruck()
  return (await one<{ id: string }>(db, acceptSql, [truckRequest, newId(), vehicle, `${secret}'s son`, phone])).id
}

/** Every column of the customer's rows that a person could be known by, with what it holds, by table; empty when blank. */
export async function personalOf(db: Db, customer: string): Promise<Record<string, string[]>> {
  const { rows } = await db.query<{ name: string; values: string[] }>(personalSql, [customer])
  return Object.fromEntries(rows.map(({ name, values }) => [name, values]))
}

const personal = {
  orders: `customer_name customer_phone pickup_latitude pickup_longitude pickup_address pickup_city pickup_state drop_latitude
    drop_longitude drop_address drop_city drop_state stops cancel_reason content_hash`,
  trips: 'driver_name driver_phone end_reason',
  disputes: 'notes reason_code',
  order_events: 'reason',
}
const blanks = `('', 'customer_request', '0', '[]', '\\x${'00'.repeat(32)}')`
const personalSql = `select name, array_agg(value order by value) as values from (${Object.entries(personal)
  .flatMap(([table, columns]) =>
    columns
      .split(/\s+/)
      .map(
        (column) =>
          `select '${table}.${column}' as name, ${column}::text as value from app.${table} where customer_id = $1`,
      ),
  )
  .join(' union all ')}) each_value where value not in ${blanks} group by name order by name`

/** The names of all of them. */
export const personalColumns = Object.entries(personal)
  .flatMap(([table, columns]) => columns.split(/\s+/).map((column) => `${table}.${column}`))
  .sort()
