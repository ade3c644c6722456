import type pg from 'pg'
import { expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { copyDatabase, one } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { temporaryFolder } from '../support/program.ts'
import { crowd, range, scaled } from '../support/scale.ts'
import { oneTruck } from '../support/service.ts'

const db = await copyDatabase()

it.each([
  ['an open order', createOrderSql(), false],
  ['the create limit', createOrderSql(), true],
  ['a reused key', createOrderSql("p_idempotency_key => 'k', p_goods_type => 'Steel'"), true],
])('a create that is refused for %s is given no transaction id', async (_, create, isCancelled) => {
  await db.owner.query('update app.settings set creates_per_minute = 1')
  const customer = newId()
  const { id } = await one(db.owner, createOrderSql("p_idempotency_key => 'k'"), [customer])
  if (isCancelled) await db.owner.query('select api.cancel_order($1, $2)', [customer, id])
  const session = await db.owner.connect()
  await session.query('begin')
  await session.query('savepoint attempt')
  const refusal: pg.DatabaseError = await session.query(create, [customer]).catch((error) => error)
  await session.query('rollback to savepoint attempt')
  const { xid } = await one(session, 'select pg_current_xact_id_if_assigned()::text as xid')
  await session.query('rollback')
  session.release()
  expect({ code: refusal.code?.slice(0, 2), xid }).toEqual({ code: 'OR', xid: null })
})

it.each([
  ['cancelled', null],
  ['cancelled', 'retry_after_timeout'],
  ['expired', null],
  ['expired', 'retry_after_timeout'],
] as const)(
  'a cancel of an order that is %s, with the reason %s, is given no transaction id',
  async (status, reason) => {
    const { customer, id } = await make.order(db.owner, { status })
    const session = await db.owner.connect()
    await session.query('begin')
    const { body } = await one<{ body: string }>(session, 'select rest.cancel_order($1, $2, $3) as body', [
      customer,
      id,
      reason,
    ])
    const { xid } = await one(session, 'select pg_current_xact_id_if_assigned()::text as xid')
    await session.query('rollback')
    session.release()
    expect({ status: JSON.parse(body).data.status, xid }).toEqual({ status, xid: null })
  },
)

/** A server of its own: transaction ids and WAL are counted for the whole server. */
it('refused creates burn no transaction ids and write no WAL', async () => {
  const server = await startEmbeddedPostgres(temporaryFolder(), ['fsync=off', 'autovacuum=off'])
  await migrateDatabase(server.url)
  const pool = makePool(server.url, 8, () => {})
  await pool.query("update app.settings set search_window = '1 hour'") // longer than a slow machine refuses
  const call = makeCall(pool)
  const customer = newId()
  const create = () =>
    call({
      name: 'create_order',
      text: 'select r.body from rest.create_order($1, $2, $3, $4, $5) r',
      values: [customer, '', '', newId(), oneTruck],
    })
  await create()
  const measure = () =>
    one<{ xid: string; wal: string }>(
      pool,
      "select pg_snapshot_xmax(pg_current_snapshot())::text as xid, pg_current_wal_lsn() - '0/0'::pg_lsn as wal",
    )
  const before = await measure()
  const size = scaled({ full: 100_000, small: 3_000 })
  const refused = await crowd(range(size), 8, () =>
    create().then(
      () => 0,
      (error) => (error.constraint === 'one_active_order_per_customer' ? 1 : 0),
    ),
  )
  const after = await measure()
  await pool.end()
  await server.stop()
  const [xids, wal] = [Number(after.xid) - Number(before.xid), Number(after.wal) - Number(before.wal)]
  console.log(`${size} refusals: ${xids} transaction ids, ${wal} bytes of WAL`)
  expect(refused.reduce((a: number, b) => a + b, 0)).toBe(size)
  expect(xids).toBeLessThan(100)
  expect(wal).toBeLessThan(1_000_000)
})
