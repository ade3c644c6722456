import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { make } from '../support/make.ts'
import { byHand, move, statuses } from '../support/move-by-hand.ts'

describe('order_move_is_legal', () => {
  for (const from of ['active', 'partially_filled', 'fully_filled', 'in_progress'] as const)
    it(
      `lets an order that is ${from} make the listed moves and no other, also by hand`,
      rolledBack(async (db) => {
        for (const to of statuses.filter((status) => status !== from)) {
          const order = await make.order(db, { status: from })
          const legal = await one<{ yes: boolean }>(
            db,
            'select exists (select from app.order_transitions where from_status = $1 and to_status = $2 and not is_by_clock_only) as yes',
            [from, to],
          )
          if (legal.yes) await db.query(move, byHand(order.id, to))
          else
            expect(await refusalOf(db, move, byHand(order.id, to)), `${from} to ${to}`).toMatchObject({
              code: 'OR409',
              constraint: 'order_move_is_legal',
            })
        }
      }),
    )

  it(
    'does not let an order expire before its time',
    rolledBack(async (db) => {
      const order = await make.order(db)
      expect(await refusalOf(db, move, byHand(order.id, 'expired'))).toMatchObject({
        constraint: 'order_move_is_legal',
      })
    }),
  )

  it(
    'refuses to fill or cancel a search that has run out, though it is still stored as active',
    rolledBack(async (db) => {
      for (const to of ['partially_filled', 'fully_filled', 'cancelled']) {
        const order = await make.order(db, { dueIn: '-1 ms' })
        expect(await refusalOf(db, move, byHand(order.id, to))).toMatchObject({ constraint: 'order_move_is_legal' })
      }
    }),
  )

  it(
    'lets a search that has run out take no more trucks, also when the status would stay or fit',
    rolledBack(async (db) => {
      for (const change of [
        'trucks_filled = 2',
        "trucks_filled = 3, status = 'fully_filled'",
        "status = 'fully_filled', trucks_total = 1, total_amount = 9",
      ]) {
        const order = await make.order(db, { status: 'partially_filled', trucks: 3, dueIn: '-1 ms' })
        expect(await refusalOf(db, `update app.orders set ${change} where id = $1`, [order.id]), change).toMatchObject({
          constraint: 'order_move_is_legal',
        })
      }
      const open = await make.order(db, { status: 'partially_filled', trucks: 3 })
      await db.query('update app.orders set trucks_filled = 2 where id = $1', [open.id])
    }),
  )

  it(
    'gives no second window to a search that has run out',
    rolledBack(async (db) => {
      for (const status of ['active', 'partially_filled'] as const) {
        const order = await make.order(db, { status, dueIn: '-1 ms' })
        const revive = "update app.orders set expires_at = now() + interval '1 minute' where id = $1"
        expect(await refusalOf(db, revive, [order.id])).toMatchObject({ constraint: 'order_move_is_legal' })
      }
    }),
  )

  it(
    'dates a move by the database clock, and an expiry by expires_at',
    rolledBack(async (db) => {
      const order = await make.order(db, { dueIn: '-9 s' })
      await db.query(move, byHand(order.id, 'expired'))
      expect(
        await one(db, 'select updated_at = expires_at as at_the_end from app.orders where id = $1', [order.id]),
      ).toEqual({ at_the_end: true })
    }),
  )
  it(
    'dates a move inside the window by the clock',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'partially_filled' })
      const { before } = await one<{ before: string }>(db, 'select clock_timestamp()::text as before')
      await db.query("update app.orders set status = 'fully_filled', trucks_filled = 2 where id = $1", [order.id])
      expect(
        await one(
          db,
          'select updated_at between $2::timestamptz and clock_timestamp() as at_the_move from app.orders where id = $1',
          [order.id, before],
        ),
      ).toEqual({ at_the_move: true })
    }),
  )
})

describe('order_move_is_legal, however the owner writes', () => {
  it.each([
    'update app.orders set status = $2, trucks_filled = $3 where id = $1',
    'with moved as (update app.orders set status = $2, trucks_filled = $3 where id = $1 returning id) select * from moved',
    'update app.orders o set status = n.status, trucks_filled = n.filled from (values ($1::uuid, $2, $3::integer)) n(id, status, filled) where o.id = n.id',
    'merge into app.orders o using (values ($1::uuid, $2, $3::integer)) n(id, status, filled) on o.id = n.id when matched then update set status = n.status, trucks_filled = n.filled',
  ])('refuses an illegal move, and changes nothing: %s', (statement) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      for (const to of ['in_progress', 'completed', 'expired'])
        expect(await refusalOf(db, statement, byHand(id, to)), to).toMatchObject({
          code: 'OR409',
          constraint: 'order_move_is_legal',
        })
      expect(await one(db, 'select status, trucks_filled from app.orders where id = $1', [id])).toEqual({
        status: 'active',
        trucks_filled: 0,
      })
    })(),
  )

  it(
    'refuses the whole of a statement for one illegal move among legal ones',
    rolledBack(async (db) => {
      const legal = await make.order(db, { status: 'fully_filled' })
      const illegal = await make.order(db)
      const statement = "update app.orders set status = 'in_progress', trucks_filled = 2 where id = any($1)"
      expect(await refusalOf(db, statement, [[legal.id, illegal.id]])).toMatchObject({
        constraint: 'order_move_is_legal',
      })
      expect(await one(db, 'select status from app.orders where id = $1', [legal.id])).toEqual({
        status: 'fully_filled',
      })
    }),
  )
})

// Nobody has written the end down yet: by hand the order can become what the clock has made of it, and nothing else.
const settled = "status = 'fully_filled', trucks_total = 1, total_amount = 1000"
const expired = "status = 'expired'"
const change = (set: string) => `update app.orders set ${set} where id = $1`

describe('order_move_is_legal, after the end of a search', () => {
  it.each([
    ['partially_filled', settled, 'fully_filled'],
    ['active', expired, 'expired'],
  ] as const)('lets an order that was %s be written as: %s', (status, set, then) =>
    rolledBack(async (db) => {
      const { id, expiresAt } = await make.order(db, { status, trucks: 3, dueIn: '-1 s' })
      await db.query(change(set), [id])
      expect(await one(db, 'select status, updated_at from app.orders where id = $1', [id])).toEqual({
        status: then,
        updated_at: expiresAt,
      })
    })(),
  )

  it.each([
    ['partially_filled', "created_at = created_at - interval '1 s'"],
    ['partially_filled', "expires_at = expires_at - interval '1 ms'"],
    ['partially_filled', 'trucks_requested = 4'],
    ['partially_filled', 'trucks_total = 2'],
    ['partially_filled', 'total_amount = 1'],
    ['partially_filled', `${settled}, created_at = created_at - interval '1 s'`],
    ['partially_filled', `${settled}, expires_at = expires_at - interval '1 ms'`],
    ['partially_filled', `${settled}, trucks_requested = 4`],
    ['partially_filled', "status = 'fully_filled', trucks_total = 1, total_amount = 999"],
    ['active', `${expired}, trucks_total = 2`],
    ['active', `${expired}, total_amount = 1`],
    ['active', 'trucks_requested = 4'],
  ] as const)('refuses, of an order that was %s: %s', (status, set) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status, trucks: 3, dueIn: '-1 s' })
      expect(await refusalOf(db, change(set), [id])).toMatchObject({ code: 'OR409', constraint: 'order_move_is_legal' })
    })(),
  )
})
