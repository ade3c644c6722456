import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { acceptSql, createOrderSql, make, newId } from '../support/make.ts'

const cancelSql = 'select * from api.cancel_order($1, $2, $3)'

describe('cancel_order', () => {
  it.each(['active', 'partially_filled', 'fully_filled'] as const)(
    'cancels an order that is %s, with its trucks',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        expect(await one(db, cancelSql, [order.customer, order.id, 'Change of plans'])).toMatchObject({
          status: 'cancelled',
          is_open: false,
          is_live: false,
          cancel_reason: 'Change of plans',
        })
        const { rows } = await db.query('select distinct status from app.truck_requests where order_id = $1', [
          order.id,
        ])
        expect(rows).toEqual([{ status: 'cancelled' }])
      })(),
  )

  it(
    'makes room for the next order at once',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query(cancelSql, [order.customer, order.id, null])
      expect(await one(db, createOrderSql(), [order.customer])).toMatchObject({ status: 'active' })
    }),
  )

  it.each(['cancelled', 'expired'] as const)(
    'answers an order that is already %s with its true status and writes nothing',
    (status) =>
      rolledBack(async (db) => {
        const order = await make.order(db, { status })
        const before = await one(
          db,
          'select to_jsonb(o) as row, (select count(*) from app.order_events where order_id = $1) as events from app.orders o where id = $1',
          [order.id],
        )
        expect(await one(db, cancelSql, [order.customer, order.id, 'again'])).toMatchObject({ status })
        expect(
          await one(
            db,
            'select to_jsonb(o) as row, (select count(*) from app.order_events where order_id = $1) as events from app.orders o where id = $1',
            [order.id],
          ),
        ).toEqual(before)
      })(),
  )

  it(
    'answers a search that has run out as expired before any sweep, without a new event',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [order.customer, order.id, null])).toMatchObject({ status: 'expired' })
      expect(
        await one(db, 'select count(*)::int as events from app.order_events where order_id = $1', [order.id]),
      ).toEqual({ events: 1 })
    }),
  )

  it(
    'settles a partly filled search that has run out, then cancels it as fully filled',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
      expect(await one(db, cancelSql, [order.customer, order.id, null])).toMatchObject({
        status: 'cancelled',
        trucks_total: 1,
      })
      const { rows } = await db.query(
        'select from_status, to_status, actor from app.order_events where order_id = $1 order by id offset 2',
        [order.id],
      )
      expect(rows[0]).toEqual({ from_status: 'partially_filled', to_status: 'fully_filled', actor: 'clock' })
      expect(rows[1]).toMatchObject({ from_status: 'fully_filled', to_status: 'cancelled' })
    }),
  )

  it.each(['in_progress', 'completed'] as const)('is refused when the order is %s, and changes nothing', (status) =>
    rolledBack(async (db) => {
      const order = await make.order(db, { status })
      expect(await refusalOf(db, cancelSql, [order.customer, order.id, null])).toMatchObject({
        code: 'OR409',
        constraint: 'order_is_cancellable',
      })
      expect(await one(db, 'select status from app.orders where id = $1', [order.id])).toEqual({ status })
    })(),
  )

  it(
    'gives one answer for an unknown order and somebody else’s',
    rolledBack(async (db) => {
      const order = await make.order(db)
      const unknown = await refusalOf(db, cancelSql, [newId(), newId(), null])
      const foreign = await refusalOf(db, cancelSql, [newId(), order.id, null])
      expect(unknown).toMatchObject({ code: 'OR404', constraint: 'order_is_known' })
      const told = ({ code, constraint, message, detail, hint }: typeof unknown) => ({
        code,
        constraint,
        message,
        detail,
        hint,
      })
      expect(told(foreign)).toEqual(told(unknown))
      expect(await one(db, 'select status from app.orders where id = $1', [order.id])).toEqual({ status: 'active' })
    }),
  )

  it(
    'records who cancelled and why',
    rolledBack(async (db) => {
      const order = await make.order(db)
      await db.query(cancelSql, [order.customer, order.id, 'Price too high'])
      const { session_user: me } = await one(db, 'select session_user')
      expect(
        await one(
          db,
          "select from_status, actor, reason from app.order_events where order_id = $1 and to_status = 'cancelled'",
          [order.id],
        ),
      ).toEqual({
        from_status: 'active',
        actor: me,
        reason: 'Price too high',
      })
    }),
  )
  it(
    'a cancel after the search ended partly filled cancels the truck it found, and leaves the others expired',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
      await db.query('select api.cancel_order($1, $2)', [order.customer, order.id])
      const { rows } = await db.query(
        'select status from app.truck_requests where order_id = $1 order by request_number',
        [order.id],
      )
      expect(rows.map((row) => row.status)).toEqual(['cancelled', 'expired', 'expired'])
    }),
  )
})

describe('cancel_order with trucks assigned', () => {
  it.each([
    ['partially_filled', { trucks: 3, promised: 2 }, ['cancelled', 'cancelled', 'cancelled']],
    ['fully_filled', { trucks: 2 }, ['cancelled', 'cancelled']],
    ['settled', { trucks: 3, promised: 2, dueIn: '-1 s' }, ['cancelled', 'cancelled', 'expired']],
  ])(
    'ends the trips of an order that is %s, for the reason given, at the instant of the cancel',
    (_, given, expected) =>
      rolledBack(async (db) => {
        const order = await make.filled(db, given)
        const { updated_at } = await one<{ updated_at: Date }>(db, cancelSql, [
          order.customer,
          order.id,
          'Change of plans',
        ])
        const trips = await db.query(
          'select status, is_live, ended_at, started_at, end_reason from app.trips where order_id = $1',
          [order.id],
        )
        expect(trips.rows).toEqual(
          order.trips.map(() => ({
            status: 'cancelled',
            is_live: false,
            ended_at: updated_at,
            started_at: null,
            end_reason: 'Change of plans',
          })),
        )
        const requests = await db.query(
          'select status from app.truck_requests where order_id = $1 order by request_number',
          [order.id],
        )
        expect(requests.rows.map(({ status }) => status)).toEqual(expected)
      })(),
  )

  it(
    'frees their vehicles and drivers at once',
    rolledBack(async (db) => {
      const order = await make.filled(db, { trucks: 1 })
      const next = await make.order(db)
      const { vehicle, phone } = order.trips[0] as (typeof order.trips)[number]
      const again: [string, unknown[]] = [acceptSql, [`${next.id}.1`, newId(), vehicle, 'Ravi', phone]]
      await expectRefused(db, again, 'OR409', 'one_live_trip_per_vehicle')
      await db.query(cancelSql, [order.customer, order.id, null])
      expect(await one(db, ...again)).toMatchObject({ status: 'driver_accepted' })
    }),
  )

  it(
    'leaves a trip that was withdrawn before as it ended, and the trips of other orders',
    rolledBack(async (db) => {
      const order = await make.filled(db, { trucks: 2 })
      const other = await make.filled(db, { customer: order.customer })
      await db.query("select api.withdraw_trip($1, 'flat tyre')", [order.trips[0]?.id])
      await db.query(cancelSql, [order.customer, order.id, 'Change of plans'])
      const { rows } = await db.query('select id, status, end_reason from app.trips order by id')
      expect(rows).toEqual([
        { id: order.trips[0]?.id, status: 'withdrawn', end_reason: 'flat tyre' },
        { id: order.trips[1]?.id, status: 'cancelled', end_reason: 'Change of plans' },
        ...other.trips.map(({ id }) => ({ id, status: 'driver_accepted', end_reason: null })),
      ])
    }),
  )

  it(
    'is refused by the rule that it breaks when somebody has moved a truck alone, by hand',
    rolledBack(async (db) => {
      const order = await make.filled(db)
      await db.query("update app.truck_requests set status = 'in_progress' where order_id = $1", [order.id])
      const cancel: [string, unknown[]] = [cancelSql, [order.customer, order.id, null]]
      await expectRefused(db, cancel, 'OR409', 'trip_agrees_with_its_truck_request')
    }),
  )

  it(
    'is refused once one trip has started',
    rolledBack(async (db) => {
      const order = await make.filled(db, { trucks: 2, started: 1 })
      await expectRefused(db, [cancelSql, [order.customer, order.id, null]], 'OR409', 'order_is_cancellable')
    }),
  )

  it(
    'again writes nothing',
    rolledBack(async (db) => {
      const order = await make.filled(db)
      await db.query(cancelSql, [order.customer, order.id, null])
      const before = await everything(db)
      expect(await one(db, cancelSql, [order.customer, order.id, 'again'])).toMatchObject({ status: 'cancelled' })
      expect(await everything(db)).toEqual(before)
    }),
  )
})
