import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make } from '../support/make.ts'

const db = await copyDatabase()
const sweep = async (limit = 500) =>
  (await one<{ closed: number }>(db.owner, 'select api.expire_due_orders($1) as closed', [limit])).closed

describe('expire_due_orders', () => {
  it('closes what is due, leaves what is not, and says how many', async () => {
    const due = await make.order(db.owner, { dueIn: '-1 s' })
    const open = await make.order(db.owner, { dueIn: '60 s' })
    const filled = await make.order(db.owner, { status: 'fully_filled', dueIn: '-1 hour' })
    expect(await sweep()).toBe(1)
    expect(await sweep()).toBe(0)
    const { rows } = await db.owner.query('select id, status from app.orders where id = any($1) order by id', [
      [due.id, open.id, filled.id],
    ])
    expect(rows).toEqual([
      { id: due.id, status: 'expired' },
      { id: open.id, status: 'active' },
      { id: filled.id, status: 'fully_filled' },
    ])
  })

  it('records each expiry once, by the clock, as of expires_at', async () => {
    const due = await make.order(db.owner, { dueIn: '-10 s' })
    await sweep()
    await sweep()
    const event = await one<{ actor: string; occurred_at: Date; recorded_at: Date }>(
      db.owner,
      "select actor, occurred_at, recorded_at from app.order_events where order_id = $1 and to_status = 'expired'",
      [due.id],
    )
    expect(event.actor).toBe('clock')
    expect(event.occurred_at).toEqual(due.expiresAt)
    expect(event.recorded_at.getTime()).toBeGreaterThan(due.expiresAt.getTime() + 9_000)
  })

  it('takes the oldest first and never more than the limit', async () => {
    const newer = await make.order(db.owner, { dueIn: '-1 s' })
    const older = await make.order(db.owner, { dueIn: '-2 s' })
    expect(await sweep(1)).toBe(1)
    expect(await one(db.owner, 'select status from app.orders where id = $1', [older.id])).toEqual({
      status: 'expired',
    })
    expect(await one(db.owner, 'select status from app.orders where id = $1', [newer.id])).toEqual({ status: 'active' })
    await sweep()
  })

  it.each(['', 'null'])('takes 500 when it is called with no limit: expire_due_orders(%s)', async (limit) => {
    await db.owner.query(
      `insert into app.orders (customer_id, created_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
         drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
       select gen_random_uuid(), now() - interval '1 hour', now() - interval '1 s', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('')
       from generate_series(1, 501)`,
    )
    expect(await one(db.owner, `select api.expire_due_orders(${limit}) as closed`)).toEqual({ closed: 500 })
    expect(await sweep()).toBe(1)
  })

  it('settles a partly filled order and never touches its assigned truck', async () => {
    const due = await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '-1 s' })
    await sweep()
    expect(
      await one(db.owner, 'select status, trucks_total, trucks_filled, total_amount from app.orders where id = $1', [
        due.id,
      ]),
    ).toEqual({
      status: 'fully_filled',
      trucks_total: 1,
      trucks_filled: 1,
      total_amount: 1000,
    })
    const { rows } = await db.owner.query(
      'select status from app.truck_requests where order_id = $1 order by request_number',
      [due.id],
    )
    expect(rows.map((row) => row.status)).toEqual(['assigned', 'expired', 'expired'])
  })

  it('leaves what somebody else holds to the next run, without waiting', async () => {
    const held = await make.order(db.owner, { dueIn: '-1 s' })
    const holder = await db.owner.connect()
    await holder.query('begin')
    await holder.query('select from app.orders where customer_id = $1 and id = $2 for update', [held.customer, held.id])
    expect(await sweep()).toBe(0)
    await holder.query('rollback')
    holder.release()
    expect(await sweep()).toBe(1)
  })

  it('says in app.sweeps when it last ran and what it closed, empty runs too', async () => {
    await make.order(db.owner, { dueIn: '-1 s' })
    await sweep()
    expect(await one(db.owner, "select closed_count from app.sweeps where name = 'expire_due_orders'")).toEqual({
      closed_count: 1,
    })
    await sweep()
    expect(await one(db.owner, "select closed_count from app.sweeps where name = 'expire_due_orders'")).toEqual({
      closed_count: 0,
    })
  })
})
