// An order is known by its customer and its own id together: two customers may hold the same order id.
import type pg from 'pg'
import { expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { claim, createOrderSql, dueAt, make, newId } from '../support/make.ts'

/** Two customers with one order id: two trucks each, the first of each assigned. */
async function namesakes(db: pg.Client, dueIn: string) {
  const [asha, bina] = [newId(), newId()]
  const { id } = await one<{ id: string }>(db, 'select app.uuid_v7() as id')
  for (const customer of [asha, bina]) {
    await db.query(createOrderSql('p_order_id => $2'), [customer, id])
    await db.query(
      "update app.truck_requests set status = 'assigned' where customer_id = $1 and order_id = $2 and request_number = 1",
      [customer, id],
    )
    await db.query(
      "update app.orders set status = 'partially_filled', trucks_filled = 1 where customer_id = $1 and id = $2",
      [customer, id],
    )
    await dueAt(db, customer, id, dueIn)
  }
  return { asha, bina, id }
}

const rowsOf = (db: pg.Client, customer: string) =>
  one(
    db,
    `select (select jsonb_agg(to_jsonb(o)) from app.orders o where customer_id = $1) as orders,
       (select jsonb_agg(to_jsonb(t) order by t.request_number) from app.truck_requests t where customer_id = $1) as trucks,
       (select jsonb_agg(to_jsonb(v) order by v.id) from app.trips v where customer_id = $1) as trips,
       (select jsonb_agg(to_jsonb(e) order by e.id) from app.order_events e where customer_id = $1) as events`,
    [customer],
  )

it.each([
  ['a cancel', '60 s', 'select api.cancel_order($1, $2)'],
  ['a cancel after the end of the search', '-1 ms', 'select api.cancel_order($1, $2)'],
  ['the end of a search', '-1 ms', 'select api.close_due_order($1, $2)'],
  ['a lock', '-1 ms', 'select api.lock_order($1, $2)'],
])('%s touches nothing of another customer’s order with the same id', (_, dueIn, sql) =>
  rolledBack(async (db) => {
    const { asha, bina, id } = await namesakes(db, dueIn)
    const before = await rowsOf(db, bina)
    await db.query(sql, [asha, id])
    expect(await rowsOf(db, bina)).toEqual(before)
    expect(await rowsOf(db, asha)).not.toEqual(before)
  })(),
)

it.each([
  ['close_due_order', '-1 ms'],
  ['close_due_order', '60 s'],
  ['lock_order', '-1 ms'],
  ['lock_order', '60 s'],
  ['cancel_order', '60 s'],
])('%s returns the customer’s own order, whose search ends in %s', (name, dueIn) =>
  rolledBack(async (db) => {
    const { asha, bina, id } = await namesakes(db, dueIn)
    for (const customer of [asha, bina])
      expect(await one(db, `select customer_id from api.${name}($1, $2)`, [customer, id])).toEqual({
        customer_id: customer,
      })
  })(),
)

it(
  'one order settles for the trucks and the amount of its own customer',
  rolledBack(async (db) => {
    const { asha, id } = await namesakes(db, '-1 ms')
    const settled = { status: 'fully_filled', trucks_total: 1, total_amount: 3555 }
    const facts = 'select status, trucks_total, total_amount from api.order_detail($1, $2)'
    expect(await one(db, facts, [asha, id])).toEqual(settled)
    await db.query('select api.close_due_order($1, $2)', [asha, id])
    expect(await one(db, facts, [asha, id])).toEqual(settled)
    const { rows } = await db.query('select t.* from api.order_detail($1, $2) o, api.truck_requests_of(o) t', [
      asha,
      id,
    ])
    expect(rows).toHaveLength(2)
  }),
)

/** Two customers with one order id, both with every truck promised. */
async function filledNamesakes(db: pg.Client, dueIn: string, trucks = 2) {
  const { customer: asha, id, trips } = await make.filled(db, { trucks })
  const bina = newId()
  await db.query(createOrderSql('p_order_id => $2'), [bina, id])
  await db.query("update app.truck_requests set status = 'assigned' where customer_id = $1", [bina])
  await db.query("update app.orders set status = 'fully_filled', trucks_filled = 2 where customer_id = $1", [bina])
  for (const number of [1, 2]) {
    const [trip, vehicle, phone] = [newId(), `KA${number}`, `900000000${number}`]
    await claim(db, { customer: bina, id }, trip, { vehicle, phone })
    await db.query(
      `insert into app.trips (customer_id, order_id, id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
       values ($1, $2, $3, $4, gen_random_uuid(), $5, 'Ravi', $6)`,
      [bina, id, trip, number, vehicle, phone],
    )
  }
  for (const customer of [asha, bina]) await dueAt(db, customer, id, dueIn)
  return { asha, bina, id, trips: trips.map((trip) => trip.id) }
}

it.each([
  ['a start', '60 s', 2, ['api.start_trip($1)']],
  ['an arrival', '60 s', 1, ['api.start_trip($1)', "api.complete_trip($1, 'arrived')"]],
  ['a truck withdrawn within the window', '60 s', 2, ["api.withdraw_trip($1, 'flat tyre')"]],
  ['a truck withdrawn after it', '-1 ms', 2, ["api.withdraw_trip($1, 'flat tyre')"]],
  ['the last truck withdrawn after it', '-1 ms', 1, ["api.withdraw_trip($1, 'flat tyre')"]],
  ['a cancel with trucks', '60 s', 2, ['api.cancel_order(t.customer_id, t.order_id) from app.trips t where t.id = $1']],
] as const)('%s touches no truck of another customer’s order with the same id', (_, dueIn, trucks, calls) =>
  rolledBack(async (db) => {
    const { asha, bina, trips } = await filledNamesakes(db, dueIn, trucks)
    const before = await rowsOf(db, bina)
    const own = await rowsOf(db, asha)
    for (const call of calls) await db.query(`select ${call}`, [trips[0]])
    expect(await rowsOf(db, bina)).toEqual(before)
    expect(await rowsOf(db, asha)).not.toEqual(own)
  })(),
)

it(
  'an order shrinks by the price of its own customer’s truck',
  rolledBack(async (db) => {
    const { asha, id, trips } = await filledNamesakes(db, '-1 ms')
    await db.query("select api.withdraw_trip($1, 'flat tyre')", [trips[0]])
    expect(await one(db, 'select total_amount from api.order_detail($1, $2)', [asha, id])).toEqual({
      total_amount: 200,
    })
  }),
)
