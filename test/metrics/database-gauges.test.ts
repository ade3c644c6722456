import { Registry } from 'prom-client'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { addDatabase } from '../../src/metrics/database-gauges.ts'
import { startAdmin } from '../support/admin.ts'
import { copyDatabase } from '../support/database.ts'
import { make } from '../support/make.ts'
import { byLabel, samplesOf, totalOf } from '../support/samples.ts'
import { request } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()

/** What a scrape says of a database, by the REST login. */
function scraperOf(url: string, problem?: string, countEveryMs = 0) {
  const pool = makePool(url, 1, () => {})
  afterAll(() => pool.end())
  const register = new Registry()
  const readiness = async () => ({ problem, schema: '000009', sql: '0123456789ab' })
  const read = addDatabase(register, makeCall(pool), readiness, countEveryMs)
  return async () => {
    await read()
    return samplesOf(await register.metrics())
  }
}

const scrape = scraperOf(db.restUrl)
const scraped = async (name: string) => totalOf(await scrape(), name)

describe('a scrape', () => {
  it('says that the database answered', async () => {
    expect(await scraped('weelo_database_up')).toBe(1)
  })

  it('counts the orders of the last hour by what is true of them, swept or not', async () => {
    await make.order(db.owner, { dueIn: '60 s' })
    await make.order(db.owner, { dueIn: '-60 s' }) // created 61 minutes ago
    const { id } = await make.order(db.owner)
    await db.owner.query(
      "update app.orders set created_at = now() - interval '10 min', expires_at = now() - interval '1 s' where id = $1",
      [id],
    )
    expect(byLabel(await scrape(), 'weelo_orders', 'status')).toMatchObject({ active: 1, expired: 1, cancelled: 0 })
  })

  it('says for how long the oldest due order has waited, and nought when nothing is due', async () => {
    await make.order(db.owner, { dueIn: '-100 s' })
    await make.order(db.owner, { dueIn: '-7 s' })
    expect(await scraped('weelo_oldest_due_seconds')).toBeGreaterThanOrEqual(100)
    expect(await scraped('weelo_oldest_due_seconds')).toBeLessThan(160)
    await db.owner.query('select api.expire_due_orders(500)')
    expect(await scraped('weelo_oldest_due_seconds')).toBe(0)
  })

  it('says for how long the oldest transaction has been open', async () => {
    const somebody = await db.owner.connect()
    await somebody.query('begin; select from app.orders')
    await until(async () => Number(await scraped('weelo_oldest_transaction_seconds')) >= 1, 'it is seen')
    await somebody.query('rollback')
    somebody.release()
    await until(async () => (await scraped('weelo_oldest_transaction_seconds')) === 0, 'it is over')
  })
})

describe('readiness', () => {
  it('is told, with the schema and the functions that the database runs', async () => {
    const samples = await scrape()
    expect(totalOf(samples, 'weelo_ready')).toBe(1)
    expect(samples).toContainEqual(
      expect.objectContaining({ name: 'weelo_database_info', labels: { schema: '000009', sql: '0123456789ab' } }),
    )
    expect(totalOf(await scraperOf(db.restUrl, 'the service is stopping')(), 'weelo_ready')).toBe(0)
  })
})

describe('the count of orders', async () => {
  const own = await copyDatabase()

  it('is made once a minute, since it reads an hour of them', async () => {
    const seldom = scraperOf(own.restUrl, undefined, 60_000)
    const active = async () => byLabel(await seldom(), 'weelo_orders', 'status').active
    await make.order(own.owner, { dueIn: '60 s' })
    const before = await active()
    await own.owner.query("update app.orders set created_at = now() - interval '10 min'")
    expect(await active()).toBe(before)
    expect(byLabel(await scraperOf(own.restUrl)(), 'weelo_orders', 'status').active).toBe(1)
  })

  it('that fails leaves the database up, and the rest told', async () => {
    await own.owner.query('drop function rest.order_counts()')
    const samples = await scraperOf(own.restUrl)()
    expect([totalOf(samples, 'weelo_database_up'), totalOf(samples, 'weelo_orders')]).toEqual([1, undefined])
    expect(totalOf(samples, 'weelo_oldest_due_seconds')).toBe(0)
  })
})

describe('a late sweep', async () => {
  const late = await copyDatabase()
  const { url } = await startAdmin(late)
  const state = async () => {
    const { status, text } = await request(url, 'GET', '/readyz')
    const samples = samplesOf((await request(url, 'GET', '/metrics')).text)
    return [totalOf(samples, 'weelo_sweep_late'), status, JSON.parse(text).sweep.isLate]
  }
  const endedAgo = (ago: string) =>
    late.owner.query(
      'update app.sweeps set started_at = clock_timestamp() - $1::interval, finished_at = clock_timestamp() - $1::interval',
      [ago],
    )

  it('raises the metric and shows in the body of /readyz, which is ready all the same', async () => {
    expect(await state()).toEqual([1, 200, true]) // none has ever run here
    await late.owner.query('select api.expire_due_orders(500)')
    expect(await state()).toEqual([0, 200, false])
    await endedAgo('4 min 50 s')
    expect(await state()).toEqual([0, 200, false])
    await endedAgo('5 min 1 s')
    expect(await state()).toEqual([1, 200, true])
  })
})

describe('what is not known', () => {
  const known = ['weelo_sweep_late', 'weelo_oldest_due_seconds', 'weelo_oldest_transaction_seconds', 'weelo_orders']

  it('is absent, not nought, while the database is away, and the scrape is answered', async () => {
    const { url, pool } = await startAdmin(
      { adminUrl: 'postgresql://weelo_graphql:x@127.0.0.1:1/nothing' },
      { isProduction: true },
    )
    pool.on('error', () => {})
    const { status, text } = await request(url, 'GET', '/metrics')
    const samples = samplesOf(text)
    expect([status, totalOf(samples, 'weelo_database_up')]).toEqual([200, 0])
    expect(known.filter((name) => totalOf(samples, name) !== undefined)).toEqual([])
  })

  it('is absent again when the database refuses after an answer, and there when it no longer does', async () => {
    const gone = await copyDatabase()
    await make.order(gone.owner)
    await gone.owner.query('update app.orders set created_at = clock_timestamp()')
    const scrapeGone = scraperOf(gone.restUrl)
    const there = async () => {
      const samples = await scrapeGone()
      return [totalOf(samples, 'weelo_database_up'), known.filter((name) => totalOf(samples, name) !== undefined)]
    }
    expect(await there()).toEqual([1, known])
    await gone.owner.query('revoke execute on function rest.metrics from weelo_rest')
    expect(await there()).toEqual([1, []]) // an answer all the same
    await gone.owner.query('grant execute on function rest.metrics to weelo_rest')
    expect(await there()).toEqual([1, known])
  })

  it('is absent alone when the owner may not see other sessions', async () => {
    const blind = await copyDatabase()
    await blind.owner.query(
      `create or replace function api.oldest_transaction_seconds() returns integer language sql stable
       begin atomic select null::integer; end`,
    )
    const samples = await scraperOf(blind.restUrl)()
    expect(totalOf(samples, 'weelo_oldest_transaction_seconds')).toBe(undefined)
    expect(totalOf(samples, 'weelo_database_up')).toBe(1)
    expect(totalOf(samples, 'weelo_oldest_due_seconds')).toBe(0)
  })
})
