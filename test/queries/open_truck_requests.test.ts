import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { copyDatabase, type Db, one, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

const offered = async (db: Db, given = '', values: unknown[] = []) =>
  (await db.query<{ id: string }>(`select id from api.open_truck_requests(${given})`, values)).rows.map(({ id }) => id)

/** Gives a truck request of an order another type and subtype. */
const call = (db: pg.Client, id: string, number: number, type: string, subtype: string) =>
  db.query(
    'update app.truck_requests set vehicle_type = $3, vehicle_subtype = $4 where order_id = $1 and request_number = $2',
    [id, number, type, subtype],
  )

describe('open_truck_requests', () => {
  it(
    'offers what searches now, and of each order only what is still sought',
    rolledBack(async (db) => {
      for (const status of statuses.filter((each) => each !== 'active' && each !== 'partially_filled'))
        await make.order(db, { status })
      const partly = await make.order(db, { status: 'partially_filled', trucks: 3 })
      expect(await offered(db)).toEqual([`${partly.id}.2`, `${partly.id}.3`])
    }),
  )

  it(
    'offers nothing of a search that has run out, though no job has written that down, and nothing after it is',
    rolledBack(async (db) => {
      const due = await make.order(db, { dueIn: '-1 ms' })
      await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 hour' })
      expect(await one(db, 'select status from app.orders where id = $1', [due.id])).toEqual({ status: 'active' })
      expect(await offered(db)).toEqual([])
      await db.query('select api.expire_due_orders()')
      expect(await offered(db)).toEqual([])
    }),
  )

  it(
    'offers nothing of an order that was closed by hand, though its truck requests are still stored as searching',
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await db.query("update app.orders set status = 'cancelled' where id = $1", [id])
      expect(await offered(db)).toEqual([])
    }),
  )

  it(
    'offers each truck once, also when two customers have an order of the same id',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 1 })
      await db.query(createOrderSql('p_order_id => $2'), [newId(), id])
      expect((await offered(db)).sort()).toEqual([`${id}.1`, `${id}.1`, `${id}.2`])
    }),
  )

  it(
    'offers the newest first, and the trucks of one order by number',
    rolledBack(async (db) => {
      const older = await make.order(db, { dueIn: '20 s' })
      const newest = await make.order(db, { dueIn: '60 s' })
      const middle = await make.order(db, { dueIn: '40 s', trucks: 1 })
      expect(await offered(db)).toEqual([
        ...[`${newest.id}.1`, `${newest.id}.2`],
        `${middle.id}.1`,
        ...[`${older.id}.1`, `${older.id}.2`],
      ])
    }),
  )

  it(
    'tells where, what, for how much and for how long, and nothing of the customer',
    rolledBack(async (db) => {
      const { id, customer } = await make.order(db, { trucks: 1, dueIn: '42 s', name: 'Asha', phone: '9876543210' })
      const row = await one(db, 'select * from api.open_truck_requests()')
      const order = await one(
        db,
        `select pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude, drop_address, stops,
           distance_km, goods_type, cargo_weight_kg, scheduled_at, created_at, expires_at from app.orders where id = $1`,
        [id],
      )
      expect(row).toEqual({
        ...order,
        ...{ id: `${id}.1`, order_id: id, request_number: 1 },
        ...{ vehicle_type: 'open', vehicle_subtype: '17 Feet', price_per_truck: 1000, seconds_left: 42 },
      })
      for (const secret of [customer, 'Asha', '9876543210']) expect(JSON.stringify(row)).not.toContain(secret)
    }),
  )

  it.each([
    ["p_vehicle_type => 'open'", [1, 2]],
    ["p_vehicle_type => ' OPEN '", [1, 2]],
    ["p_vehicle_type => 'Container'", [3]],
    ["p_vehicle_subtype => '17 Feet'", [1, 3]],
    ["p_vehicle_subtype => '17ft'", [1, 3]],
    ["p_vehicle_subtype => '17 FT'", [1, 3]],
    ["p_vehicle_type => 'open', p_vehicle_subtype => '17 feet'", [1]],
    ["p_vehicle_type => 'tanker'", []],
    ["p_vehicle_subtype => '1'", []],
    ['null, null', [1, 2, 3]],
  ])('filters by type and subtype, whatever the case, the spaces and the feet: %s', (given, numbers) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 3 })
      await call(db, id, 2, 'Open', '19 Feet')
      await call(db, id, 3, 'Container', '17FT')
      expect(await offered(db, given)).toEqual(numbers.map((number) => `${id}.${number}`))
    })(),
  )

  it(
    'gives a page at a time, 50 unless asked otherwise',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 60 })
      const numbers = async (given: string) => (await offered(db, given)).map((each) => Number(each.split('.')[1]))
      const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
      expect(await numbers('')).toEqual(from(1, 50))
      expect(await numbers('p_offset => 50')).toEqual(from(51, 10))
      expect(await numbers('p_limit => 7, p_offset => 5')).toEqual(from(6, 7))
      expect(await offered(db, 'p_limit => 0')).toEqual([])
      expect((await offered(db, 'p_limit => 1'))[0]).toBe(`${id}.1`)
    }),
  )

  it(
    'offers a truck again once it was withdrawn, and takes it away once it is accepted or its order cancelled',
    rolledBack(async (db) => {
      const order = await make.order(db, { trucks: 2 })
      const { id } = await make.trip(db, { order, number: 1 })
      expect(await offered(db)).toEqual([`${order.id}.2`])
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [id])
      expect(await offered(db)).toEqual([`${order.id}.1`, `${order.id}.2`])
      await db.query('select api.cancel_order($1, $2)', [order.customer, order.id])
      expect(await offered(db)).toEqual([])
    }),
  )

  it('reads the trucks of the newest orders until its page is full, also when a type is asked for', async () => {
    const { owner: session } = await copyDatabase(1)
    for (let i = 0; i < 300; i++) await session.query(createOrderSql(), [newId()])
    await session.query('analyze app.orders, app.truck_requests')
    await session.query('begin') // the statistics of a transaction are its own
    const page = await offered(session, "p_vehicle_type => 'open', p_vehicle_subtype => '17 Feet', p_limit => 20")
    const { rows } = await one<{ rows: string }>(
      session,
      `select seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables
       where schemaname = 'app' and relname = 'truck_requests'`,
    )
    await session.query('rollback')
    expect(page).toHaveLength(20)
    expect(Number(rows)).toBeGreaterThanOrEqual(20)
    expect(Number(rows)).toBeLessThan(100)
  })
})
