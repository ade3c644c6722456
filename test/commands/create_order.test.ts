import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, dueAt, make, newId } from '../support/make.ts'

type Row = {
  id: string
  status: string
  expires_at: Date
  created_at: Date
  trucks_total: number
  total_amount: number
}

describe('create_order', () => {
  it(
    'returns the new order, searching for one window from now',
    rolledBack(async (db) => {
      const order = await one<Row>(db, createOrderSql(), [newId()])
      expect(order).toMatchObject({ status: 'active', trucks_total: 2, total_amount: 7110 })
      expect(order.expires_at.getTime() - order.created_at.getTime()).toBe(60_000)
    }),
  )

  it(
    'makes one searching truck request per truck, numbered from 1 in the order of the lines',
    rolledBack(async (db) => {
      const lines = JSON.stringify([
        { vehicle_type: 'open', vehicle_subtype: '17 Feet', quantity: 2, price_per_truck: 10 },
        { vehicle_type: 'mini', vehicle_subtype: 'Dost', quantity: 1, price_per_truck: 0 },
      ])
      const customer = newId()
      await db.query(createOrderSql().replace(/'\[.*\]'/, '$2'), [customer, lines])
      const { rows } = await db.query(
        'select request_number, vehicle_type, status from app.truck_requests where customer_id = $1 order by 1',
        [customer],
      )
      expect(rows).toEqual([
        { request_number: 1, vehicle_type: 'open', status: 'searching' },
        { request_number: 2, vehicle_type: 'open', status: 'searching' },
        { request_number: 3, vehicle_type: 'mini', status: 'searching' },
      ])
    }),
  )

  it(
    'takes the search window from app.settings',
    rolledBack(async (db) => {
      await db.query("update app.settings set search_window = '5 minutes'")
      const order = await one<Row>(db, createOrderSql(), [newId()])
      expect(order.expires_at.getTime() - order.created_at.getTime()).toBe(300_000)
    }),
  )

  it(
    'is refused while the customer has an open order, with the order in the detail and the way out in the hint',
    rolledBack(async (db) => {
      const open = await make.order(db, { dueIn: '42 s' })
      const refusal = await refusalOf(db, createOrderSql(), [open.customer])
      expect(refusal).toMatchObject({ code: 'OR409', constraint: 'one_active_order_per_customer' })
      expect(JSON.parse(refusal.detail ?? '')).toMatchObject({
        activeOrder: { orderId: open.id, status: 'active', remainingSeconds: 42 },
      })
      expect(refusal.hint).toContain(`api.cancel_order('${open.customer}', '${open.id}')`)
    }),
  )

  it(
    'is refused while a partly filled order still searches',
    rolledBack(async (db) => {
      const open = await make.order(db, { status: 'partially_filled' })
      expect(await refusalOf(db, createOrderSql(), [open.customer])).toMatchObject({
        constraint: 'one_active_order_per_customer',
      })
    }),
  )

  it.each(['fully_filled', 'in_progress', 'completed', 'cancelled', 'expired'] as const)(
    'is granted when the last order is %s',
    (status) =>
      rolledBack(async (db) => {
        const last = await make.order(db, { status })
        expect(await one<Row>(db, createOrderSql(), [last.customer])).toMatchObject({ status: 'active' })
      })(),
  )

  it(
    'closes the customer’s own stale order in the same transaction',
    rolledBack(async (db) => {
      const stale = await make.order(db, { dueIn: '-1 ms' })
      await one(db, createOrderSql(), [stale.customer])
      expect(await one(db, 'select status from app.orders where id = $1', [stale.id])).toEqual({ status: 'expired' })
    }),
  )

  it(
    'settles a stale order that was partly filled, and keeps its truck',
    rolledBack(async (db) => {
      const stale = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
      await one(db, createOrderSql(), [stale.customer])
      expect(
        await one(db, 'select status, trucks_total, total_amount, trucks_requested from app.orders where id = $1', [
          stale.id,
        ]),
      ).toEqual({
        status: 'fully_filled',
        trucks_total: 1,
        total_amount: 1000,
        trucks_requested: 3,
      })
      const { rows } = await db.query(
        'select status from app.truck_requests where order_id = $1 order by request_number',
        [stale.id],
      )
      expect(rows.map((row) => row.status)).toEqual(['assigned', 'expired', 'expired'])
    }),
  )

  it(
    'leaves every other customer’s stale order alone',
    rolledBack(async (db) => {
      const other = await make.order(db, { dueIn: '-1 s' })
      await one(db, createOrderSql(), [newId()])
      expect(await one(db, 'select status from app.orders where id = $1', [other.id])).toEqual({ status: 'active' })
    }),
  )

  describe('with an idempotency key', () => {
    it(
      'returns the stored order when the same attempt is repeated, before any other judgement',
      rolledBack(async (db) => {
        const customer = newId()
        const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
        await db.query('update app.settings set creates_per_minute = 1')
        expect((await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).id).toBe(first.id)
      }),
    )

    it(
      'shows the order as it is now: cancelled',
      rolledBack(async (db) => {
        const customer = newId()
        const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
        await db.query('select api.cancel_order($1, $2)', [customer, first.id])
        expect(await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).toMatchObject({
          id: first.id,
          status: 'cancelled',
        })
      }),
    )

    it(
      'shows the order as it is now: expired, though no sweep ran',
      rolledBack(async (db) => {
        const customer = newId()
        const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
        await dueAt(db, customer, first.id, '-1 s')
        expect(await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [customer])).toMatchObject({
          id: first.id,
          status: 'expired',
        })
      }),
    )

    it(
      'refuses the key for an order that means something else',
      rolledBack(async (db) => {
        const customer = newId()
        await one(db, createOrderSql("p_idempotency_key => 'k'"), [customer])
        const other = createOrderSql("p_idempotency_key => 'k', p_goods_type => 'Steel'")
        expect(await refusalOf(db, other, [customer])).toMatchObject({
          code: 'OR409',
          constraint: 'idempotency_key_means_one_order',
        })
      }),
    )

    it(
      'keeps keys apart by customer',
      rolledBack(async (db) => {
        const first = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [newId()])
        const second = await one<Row>(db, createOrderSql("p_idempotency_key => 'k'"), [newId()])
        expect(second.id).not.toBe(first.id)
      }),
    )

    it(
      'takes an empty key for none',
      rolledBack(async (db) => {
        const customer = newId()
        await one(db, createOrderSql("p_idempotency_key => ''"), [customer])
        expect(await refusalOf(db, createOrderSql("p_idempotency_key => ''"), [customer])).toMatchObject({
          constraint: 'one_active_order_per_customer',
        })
      }),
    )
  })

  describe('the create limit', () => {
    const createAndCancel = async (db: Parameters<typeof one>[0], customer: string) => {
      const { id } = await one<Row>(db, createOrderSql(), [customer])
      await db.query('select api.cancel_order($1, $2)', [customer, id])
    }

    it(
      'refuses one create too many within a minute and says when it ends',
      rolledBack(async (db) => {
        await db.query('update app.settings set creates_per_minute = 2')
        const customer = newId()
        await createAndCancel(db, customer)
        await createAndCancel(db, customer)
        const refusal = await refusalOf(db, createOrderSql(), [customer])
        expect(refusal).toMatchObject({ code: 'OR429', constraint: 'creates_per_minute_within_limit' })
        const { retryAfterSeconds } = JSON.parse(refusal.detail ?? '')
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(59)
        expect(retryAfterSeconds).toBeLessThanOrEqual(60)
      }),
    )

    it(
      'counts only orders that were created, not refused attempts',
      rolledBack(async (db) => {
        await db.query('update app.settings set creates_per_minute = 2')
        const customer = newId()
        const { id } = await one<Row>(db, createOrderSql(), [customer])
        for (let i = 0; i < 5; i++) await refusalOf(db, createOrderSql(), [customer])
        await db.query('select api.cancel_order($1, $2)', [customer, id])
        expect(await one<Row>(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
      }),
    )

    it(
      'ends when the orders are a minute old',
      rolledBack(async (db) => {
        await db.query('update app.settings set creates_per_minute = 1')
        const customer = newId()
        const { id } = await one<Row>(db, createOrderSql(), [customer])
        await db.query(
          "update app.orders set created_at = created_at - interval '61 s', expires_at = expires_at - interval '61 s' where id = $1",
          [id],
        )
        expect(await one<Row>(db, createOrderSql(), [customer])).toMatchObject({ status: 'active' })
      }),
    )

    it(
      'is judged after the active order: with both, the answer names the order',
      rolledBack(async (db) => {
        await db.query('update app.settings set creates_per_minute = 1')
        const customer = newId()
        await one(db, createOrderSql(), [customer])
        expect(await refusalOf(db, createOrderSql(), [customer])).toMatchObject({
          constraint: 'one_active_order_per_customer',
        })
      }),
    )
  })

  it(
    'refuses an order without trucks, and a line of 0 or 101 trucks',
    rolledBack(async (db) => {
      const rule = { code: 'OR400', constraint: 'order_has_1_to_60_truck_lines_of_1_to_100' }
      for (const lines of [
        '[]',
        '[{"quantity": 0, "price_per_truck": 1}]',
        '[{"quantity": 101, "price_per_truck": 1}]',
        '[{"price_per_truck": 1}]',
      ])
        expect(await refusalOf(db, createOrderSql().replace(/'\[.*\]'/, '$2'), [newId(), lines])).toMatchObject(rule)
      const many = JSON.stringify(
        Array.from({ length: 61 }, () => ({
          vehicle_type: 'a',
          vehicle_subtype: 'b',
          quantity: 1,
          price_per_truck: 1,
        })),
      )
      expect(await refusalOf(db, createOrderSql().replace(/'\[.*\]'/, '$2'), [newId(), many])).toMatchObject(rule)
    }),
  )

  it(
    'gives up after ten rounds instead of looping for ever',
    rolledBack(async (db) => {
      const used = await make.order(db, { status: 'cancelled' })
      expect(await refusalOf(db, createOrderSql('p_order_id => $2'), [used.customer, used.id])).toMatchObject({
        code: 'OR503',
        constraint: 'order_is_contended',
      })
    }),
  )
})
