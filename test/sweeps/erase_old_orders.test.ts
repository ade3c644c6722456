import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything } from '../support/everything.ts'
import { make } from '../support/make.ts'
import { makePersonal, personalColumns, personalOf } from '../support/personal.ts'

const eraseSql = 'select api.erase_old_orders($1) as erased'
const isErased = 'select erased_at is not null as is_erased from app.orders where id = $1'

describe('erase_old_orders', () => {
  it(
    'blanks all that is personal in what is over and older than the retention, and nothing of what is younger',
    rolledBack(async (db) => {
      const old = await makePersonal(db, { createdAgo: '400 days 2 minutes' })
      const young = await makePersonal(db, { createdAgo: '399 days 23 hours' })
      expect(await one(db, eraseSql, [200])).toEqual({ erased: 2 })
      expect(await personalOf(db, old.customer)).toEqual({})
      expect(Object.keys(await personalOf(db, young.customer))).toEqual(personalColumns)
      const { rows } = await db.query(
        'select erased_by, erased_at between now() and clock_timestamp() as just_now from api.orders where customer_id = $1',
        [old.customer],
      )
      expect(rows).toEqual([
        { erased_by: 'clock', just_now: true },
        { erased_by: 'clock', just_now: true },
      ])
    }),
  )

  it(
    'writes nothing the second time, but that it has run',
    rolledBack(async (db) => {
      await makePersonal(db, { createdAgo: '500 days' })
      await db.query(eraseSql, [200])
      const before = await everything(db)
      expect(await one(db, eraseSql, [200])).toEqual({ erased: 0 })
      expect(await everything(db)).toEqual(before)
      expect(await one(db, "select closed_count from app.sweeps where name = 'erase_old_orders'")).toEqual({
        closed_count: 0,
      })
    }),
  )

  it(
    'appends no event and moves no time',
    rolledBack(async (db) => {
      const { customer } = await makePersonal(db, { createdAgo: '500 days' })
      const facts = () =>
        one(
          db,
          `select (select array_agg(o.updated_at order by o.id) from app.orders o where o.customer_id = $1) as moved,
             (select count(*) from app.order_events e where e.customer_id = $1) as events`,
          [customer],
        )
      const before = await facts()
      await db.query(eraseSql, [200])
      expect(await facts()).toEqual(before)
    }),
  )

  it(
    'takes the oldest first and never more than the limit',
    rolledBack(async (db) => {
      const newer = await make.order(db, { status: 'expired', createdAgo: '401 days' })
      const older = await make.order(db, { status: 'cancelled', createdAgo: '402 days' })
      expect(await one(db, eraseSql, [1])).toEqual({ erased: 1 })
      expect(await one(db, isErased, [older.id])).toEqual({ is_erased: true })
      expect(await one(db, isErased, [newer.id])).toEqual({ is_erased: false })
    }),
  )

  it.each(['', 'null'])('takes 200 when it is called with no limit: erase_old_orders(%s)', (limit) =>
    rolledBack(async (db) => {
      await db.query(`insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
           drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
         select gen_random_uuid(), now() - interval '401 days', now() + interval '1 hour', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
         from generate_series(1, 201)`)
      await db.query("update app.orders set status = 'cancelled' where distance_km = 1")
      expect(await one(db, `select api.erase_old_orders(${limit}) as erased`)).toEqual({ erased: 200 })
      expect(await one(db, `select api.erase_old_orders(${limit}) as erased`)).toEqual({ erased: 1 })
    })(),
  )

  it(
    'goes by the retention of the moment',
    rolledBack(async (db) => {
      await make.order(db, { status: 'completed', createdAgo: '41 days' })
      expect(await one(db, eraseSql, [200])).toEqual({ erased: 0 })
      await db.query("select api.change_settings(p_retention => '40 days')")
      expect(await one(db, eraseSql, [200])).toEqual({ erased: 1 })
    }),
  )

  it.each(['active', 'partially_filled', 'fully_filled', 'in_progress'] as const)(
    'never blanks an order that is %s, however old',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status, createdAgo: '9 years', phone: '9876543210' })
        expect(await one(db, eraseSql, [200])).toEqual({ erased: 0 })
        expect(await one(db, 'select customer_phone from app.orders where id = $1', [order.id])).toEqual({
          customer_phone: '9876543210',
        })
      })(),
  )
})
