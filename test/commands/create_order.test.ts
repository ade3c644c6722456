import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'

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
        { vehicle_type: 'mini', vehicle_subtype: 'Dost', quantity: 1, price_per_truck: 900 },
      ])
      const customer = newId()
      const order = await one<Row>(db, createOrderSql().replace(/'\[.*\]'/, '$2'), [customer, lines])
      expect(order).toMatchObject({ trucks_total: 3, total_amount: 920 })
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
      expect(refusal.hint).toContain(`api.cancel_order_by_id('${open.id}', `)
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

  it(
    'refuses an order without trucks, and a line of 0 or 101 trucks',
    rolledBack(async (db) => {
      const rule = { code: 'OR400', constraint: 'order_has_1_to_60_truck_lines_of_1_to_100' }
      for (const lines of [
        '[]',
        '[{"quantity": 0, "price_per_truck": 1}]',
        '[{"quantity": 101, "price_per_truck": 1}]',
        '[{"quantity": 1.5, "price_per_truck": 1}]',
        '[{"quantity": "500", "price_per_truck": 1}]',
        '[{"quantity": "0", "price_per_truck": 1}]',
        '[{"quantity": true, "price_per_truck": 1}]',
        '[{"price_per_truck": 1}]',
        '[[{"quantity": 2, "price_per_truck": 1}]]',
        '[2]',
        null,
      ])
        expect(await refusalOf(db, createOrderSql().replace(/'\[.*\]'/, '$2'), [newId(), lines])).toMatchObject(rule)
      const { customer } = await make.order(db)
      expect(await refusalOf(db, createOrderSql().replace(/'\[.*\]'/, '$2'), [customer, '[]'])).toMatchObject(rule)
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
  it(
    'dates the order by the clock, not by the start of the transaction',
    rolledBack(async (db) => {
      const { before } = await one<{ before: string }>(db, 'select clock_timestamp()::text as before')
      const { id } = await one<{ id: string }>(db, createOrderSql(), [newId()])
      expect(
        await one(db, 'select created_at > $2::timestamptz as later from app.orders where id = $1', [id, before]),
      ).toEqual({ later: true })
    }),
  )
  it(
    'is refused for a schedule beyond a year before any other judgement',
    rolledBack(async (db) => {
      const { customer } = await make.order(db)
      const create = createOrderSql("p_scheduled_at => clock_timestamp() + interval '8785 hours'")
      expect(await refusalOf(db, create, [customer])).toMatchObject({
        code: 'OR400',
        constraint: 'order_is_scheduled_at_most_a_year_ahead',
      })
    }),
  )
})
