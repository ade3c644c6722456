import { expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { copyDatabase, one } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { crowd, range, scaled } from '../support/scale.ts'
import { oneTruck } from '../support/service.ts'

const db = await copyDatabase()

it('a refused create burns no transaction id and writes no WAL', async () => {
  const pool = makePool(db.restUrl, 8, () => {})
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
      db.owner,
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
  const [xids, wal] = [Number(after.xid) - Number(before.xid), Number(after.wal) - Number(before.wal)]
  console.log(`${size} refusals: ${xids} transaction ids, ${wal} bytes of WAL`)
  expect(refused.reduce((a, b) => a + b, 0)).toBe(size)
  expect(xids).toBeLessThan(100)
  expect(wal).toBeLessThan(1_000_000)
})
