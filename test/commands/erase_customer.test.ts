import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { moveTrip } from '../support/move-by-hand.ts'
import { makePersonal, personalColumns, personalOf, secret } from '../support/personal.ts'

const eraseSql = 'select api.erase_customer($1) as erased'

describe('erase_customer', () => {
  it(
    'blanks all that is personal in the orders, trips, disputes and events, and says of how many orders',
    rolledBack(async (db) => {
      const { customer } = await makePersonal(db)
      expect(Object.keys(await personalOf(db, customer))).toEqual(personalColumns)
      expect(await one(db, eraseSql, [customer])).toEqual({ erased: 2 })
      expect(await personalOf(db, customer)).toEqual({})
      expect(JSON.stringify(await everything(db))).not.toContain(secret)
    }),
  )

  it.each([
    ['notes and the usual code', 'customer_request', secret],
    ['a code of its own and no notes', secret, ''],
  ])('blanks a dispute with %s', (_, code, notes) =>
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { status: 'completed' })
      await db.query('select api.dispute_cancel($1, $2, $3, $4)', [customer, id, code, notes])
      await db.query(eraseSql, [customer])
      expect(await one(db, 'select reason_code, notes from app.disputes where order_id = $1', [id])).toEqual({
        reason_code: 'customer_request',
        notes: '',
      })
    })(),
  )

  it(
    'deletes nothing and changes nothing else: no row, no event, no time, no amount, no vehicle',
    rolledBack(async (db) => {
      const { customer } = await makePersonal(db)
      const rest = () =>
        one(
          db,
          `select
             (select jsonb_agg(to_jsonb(o) - $2::text[] order by o.id) from app.orders o where o.customer_id = $1) as orders,
             (select jsonb_agg(to_jsonb(t) || jsonb_build_object('version', t.ctid::text) order by t.order_id, t.request_number)
              from app.truck_requests t where t.customer_id = $1) as trucks,
             (select jsonb_agg(to_jsonb(t) - $2::text[] order by t.id) from app.trips t where t.customer_id = $1) as trips,
             (select jsonb_agg(to_jsonb(d) - $2::text[] order by d.order_id) from app.disputes d where d.customer_id = $1) as disputes,
             (select jsonb_agg(to_jsonb(e) - $2::text[] order by e.id) from app.order_events e where e.customer_id = $1) as events`,
          [customer, [...personalColumns.map((name) => name.split('.')[1]), 'erased_at', 'erased_by']],
        )
      const before = await rest()
      await db.query(eraseSql, [customer])
      expect(await rest()).toEqual(before)
    }),
  )

  it(
    'writes down when, and who did it',
    rolledBack(async (db) => {
      const { customer } = await makePersonal(db)
      await db.query(eraseSql, [customer])
      const { rows } = await db.query(
        `select erased_by = session_user as by_me, erased_at between now() and clock_timestamp() as just_now
         from api.orders where customer_id = $1`,
        [customer],
      )
      expect(rows).toEqual([
        { by_me: true, just_now: true },
        { by_me: true, just_now: true },
      ])
    }),
  )

  it(
    'of somebody without orders, or a second time, is 0 and writes nothing',
    rolledBack(async (db) => {
      const { customer } = await makePersonal(db)
      await db.query(eraseSql, [customer])
      const before = await everything(db)
      expect(await one(db, eraseSql, [customer])).toEqual({ erased: 0 })
      expect(await one(db, eraseSql, [newId()])).toEqual({ erased: 0 })
      expect(await one(db, eraseSql, [null])).toEqual({ erased: 0 })
      expect(await everything(db)).toEqual(before)
    }),
  )

  it(
    'leaves other customers as they are',
    rolledBack(async (db) => {
      const [one_, other] = [await makePersonal(db), await makePersonal(db)]
      await make.order(db, { customer: other.customer })
      const before = await personalOf(db, other.customer)
      expect(await one(db, eraseSql, [one_.customer])).toEqual({ erased: 2 })
      expect(await personalOf(db, other.customer)).toEqual(before)
    }),
  )

  it.each(['active', 'partially_filled', 'fully_filled', 'in_progress'] as const)(
    'is refused while an order is %s, and blanks nothing of the others',
    (status) =>
      rolledBack(async (db) => {
        const { customer } = await makePersonal(db)
        const live = await make.order(db, { customer, status })
        const refusal = await expectRefused(db, [eraseSql, [customer]], 'OR409', 'customer_has_no_live_order')
        expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: live.id, status })
        expect(refusal.hint).toContain('api.cancel_order_by_id')
      })(),
  )

  it(
    'counts a search that has run out as over, and closes it',
    rolledBack(async (db) => {
      const due = await make.order(db, { dueIn: '-1 s', phone: '9876543210' })
      expect(await one(db, eraseSql, [due.customer])).toEqual({ erased: 1 })
      expect(await one(db, 'select status, customer_phone from app.orders where id = $1', [due.id])).toEqual({
        status: 'expired',
        customer_phone: '',
      })
    }),
  )

  it(
    'is refused when that search has found a truck, which is still promised',
    rolledBack(async (db) => {
      const due = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 s' })
      const refusal = await expectRefused(db, [eraseSql, [due.customer]], 'OR409', 'customer_has_no_live_order')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: due.id, status: 'fully_filled' })
    }),
  )

  it(
    'is refused while a trip is live whose order somebody has closed by hand',
    rolledBack(async (db) => {
      const { customer, id, trips } = await make.filled(db, { trucks: 1, started: 1 })
      await db.query("update app.orders set status = 'completed' where customer_id = $1 and id = $2", [customer, id])
      await expectRefused(db, [eraseSql, [customer]], 'OR409', 'customer_has_no_live_order')
      await db.query(moveTrip, [trips[0]?.id, 'completed'])
      expect(await one(db, eraseSql, [customer])).toEqual({ erased: 1 })
    }),
  )

  it(
    'leaves the customer free to book again, and the new order is theirs',
    rolledBack(async (db) => {
      const { customer } = await makePersonal(db)
      await db.query(eraseSql, [customer])
      const order = await one<{ id: string }>(db, createOrderSql("p_customer_phone => '9876543210'"), [customer])
      expect(await one(db, 'select customer_phone, erased_at from api.orders where id = $1', [order.id])).toEqual({
        customer_phone: '9876543210',
        erased_at: null,
      })
    }),
  )

  it(
    'keeps the key of an attempt, so that a phone that repeats it does not book again',
    rolledBack(async (db) => {
      const customer = newId()
      const repeated = createOrderSql("p_idempotency_key => 'k'")
      const { id } = await one<{ id: string }>(db, repeated, [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, id])
      await db.query(eraseSql, [customer])
      expect(await refusalOf(db, repeated, [customer])).toMatchObject({ constraint: 'idempotency_key_means_one_order' })
    }),
  )
})
