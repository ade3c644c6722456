import pg from 'pg'
import { expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const text = 'select api.oldest_transaction_seconds() as seconds'
const oldest = async () => (await one<{ seconds: number | null }>(db.owner, text)).seconds

it('counts the seconds of a transaction that somebody else has left open, until it ends', async () => {
  expect(await oldest()).toBe(0)
  const somebody = new pg.Client({ connectionString: db.restUrl })
  await somebody.connect()
  await somebody.query('begin isolation level repeatable read')
  await until(async () => Number(await oldest()) >= 1, 'it is seen')
  await somebody.query('select 1') // what it did last does not make it younger
  expect(Number(await oldest())).toBeGreaterThanOrEqual(1)
  await somebody.query('rollback')
  await until(async () => (await oldest()) === 0, 'it is over')
  await somebody.end()
})

it('does not count the transaction that asks', async () => {
  const asking = await db.owner.connect()
  await asking.query('begin')
  await asking.query('select pg_sleep(1.1)')
  expect((await asking.query(text)).rows).toEqual([{ seconds: 0 }])
  await asking.query('rollback')
  asking.release()
})

it('is null, not zero, for an owner who may not see other sessions', async () => {
  await db.owner.query(
    'grant usage on schema api to weelo_rest; grant execute on function api.oldest_transaction_seconds to weelo_rest',
  )
  const blind = new pg.Client({ connectionString: db.restUrl })
  await blind.connect()
  expect((await blind.query(text)).rows).toEqual([{ seconds: null }])
  await blind.end()
})
