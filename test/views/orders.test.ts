import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'

type Row = Record<string, unknown>

/** A row of the view, the stored one, and what api.order_at makes of that, at one instant. */
const seen = (db: pg.Client, id: string) =>
  one<{ shown: Row; stored: Row; truly: Row; seconds_left: number }>(
    db,
    `select to_jsonb(v) as shown, to_jsonb(o) as stored, to_jsonb(d) as truly,
       api.seconds_left(d, statement_timestamp()) as seconds_left
     from app.orders o join api.orders v on (v.customer_id, v.id) = (o.customer_id, o.id), api.order_at(row(o.*)::app.orders, statement_timestamp()) d
     where o.id = $1`,
    [id],
  )

describe('orders', () => {
  it.each(statuses)('shows an order stored as %s as api.order_at has it, column by column, due or not', (status) =>
    rolledBack(async (db) => {
      for (const dueIn of ['60 s', '-5 s', '0 s']) {
        const { id } = await make.order(db, { status, trucks: 3, dueIn })
        const { shown, stored, truly, seconds_left } = await seen(db, id)
        const { content_hash, idempotency_key, ...visible } = truly
        expect(shown, dueIn).toEqual({
          ...visible,
          stored_status: stored.status,
          is_due: stored.is_open !== truly.is_open,
          seconds_left,
        })
        const isSearch = status === 'active' || status === 'partially_filled'
        expect(shown).toMatchObject({
          is_open: isSearch && dueIn === '60 s',
          is_due: isSearch && dueIn !== '60 s',
          seconds_left: isSearch && dueIn === '60 s' ? 60 : 0,
        })
      }
    })(),
  )

  it.each([
    ['active', { status: 'expired', is_live: false, trucks_total: 3, total_amount: 3000 }],
    ['partially_filled', { status: 'fully_filled', is_live: true, trucks_total: 1, total_amount: 1000 }],
  ] as const)('shows a due order that was %s the same before and after the sweep', (status, expected) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status, trucks: 3, dueIn: '-5 s' })
      const before = (await seen(db, id)).shown
      expect(before).toMatchObject({
        ...expected,
        stored_status: status,
        is_due: true,
        is_open: false,
        seconds_left: 0,
      })
      expect(before.updated_at).toBe(before.expires_at)
      await db.query('select api.expire_due_orders()')
      const { shown } = await seen(db, id)
      expect(shown).toEqual({ ...before, stored_status: expected.status, is_due: false })
    })(),
  )

  it(
    'leaves nothing of app.orders out but the key and the hash of the content',
    rolledBack(async (db) => {
      const { rows } = await db.query<{ name: string }>(
        `select a.attname as name from pg_attribute a where a.attrelid = 'app.orders'::regclass and a.attnum > 0 and not a.attisdropped
           and not exists (select from pg_attribute v where v.attrelid = 'api.orders'::regclass and v.attname = a.attname) order by 1`,
      )
      expect(rows.map(({ name }) => name)).toEqual(['content_hash', 'idempotency_key'])
    }),
  )

  it(
    'shows every order once, two customers’ with one id included',
    rolledBack(async (db) => {
      const first = await make.order(db)
      const { id } = await make.order(db, { status: 'cancelled' })
      const customer = newId()
      await db.query(
        `insert into app.orders (customer_id, id, expires_at, pickup_latitude, pickup_longitude, pickup_address,
           drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
         values ($1, $2, now() + interval '1 minute', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256(''))`,
        [customer, first.id],
      )
      const { rows } = await db.query<{ key: string }>('select customer_id || id::text as key from api.orders')
      const stored = await db.query<{ key: string }>('select customer_id || id::text as key from app.orders')
      expect(rows.map(({ key }) => key).sort()).toEqual(stored.rows.map(({ key }) => key).sort())
      expect(rows).toHaveLength(3)
      expect(rows.filter(({ key }) => key.endsWith(id))).toHaveLength(1)
    }),
  )
})
