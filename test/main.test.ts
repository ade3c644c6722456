// What happens between SIGTERM and the end of the process, and what production asks for at its start.
import { describe, expect, it } from 'vitest'
import { developmentJwtSecret } from '../src/config.ts'
import { migrateDatabase } from '../src/db/migrate.ts'
import { copyDatabase } from './support/database.ts'
import { emptyDatabase } from './support/empty-database.ts'
import { productionOf } from './support/production.ts'
import { failedStart, startProgram } from './support/program.ts'
import { scaled } from './support/scale.ts'
import { asCustomer, request } from './support/service.ts'
import { until } from './support/until.ts'

const db = await copyDatabase()
const environment = await productionOf(db.ownerUrl)

describe('a stop', () => {
  it('is first not ready, goes on answering while the balancer looks away, and ends with 0 in under ten seconds', async () => {
    const program = await startProgram({ ...environment, DRAIN_SECONDS: '3' })
    const customer = await asCustomer(program.url)
    const ended = program.end('SIGTERM')
    await until(async () => (await request(program.url, 'GET', '/readyz')).status === 503, 'it is not ready')
    expect(JSON.parse((await request(program.adminUrl, 'GET', '/readyz')).text).problem).toBe('the service is stopping')
    expect((await request(program.url, 'GET', '/livez')).status).toBe(200)
    const created = await customer.create()
    expect([created.status, program.lines().filter(({ msg }) => msg === 'request failed')]).toEqual([201, []])
    const { code, durationMs } = await ended
    expect(code).toBe(0)
    expect(durationMs).toBeGreaterThan(3_000)
    expect(durationMs).toBeLessThan(10_000)
    expect(program.lines().at(-1)?.msg).toBe('stopped')
  })

  it('answers the request that it is in the middle of', async () => {
    const program = await startProgram(environment)
    const customer = await asCustomer(program.url)
    const { id } = (await customer.create()).body.data.order
    await db.owner.query(
      `create function app.is_slow() returns trigger language plpgsql as 'begin perform pg_sleep(1); return null; end';
       create trigger is_slow after update on app.orders for each row execute function app.is_slow()`,
    )
    const cancel = customer.cancel(id)
    const sleeping = "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
    await until(async () => (await db.owner.query(sleeping)).rowCount === 1, 'the cancel is being done')
    const ended = program.end('SIGTERM')
    expect((await cancel).status).toBe(200)
    expect((await ended).code).toBe(0)
  })
})

it('tells whoever keeps a connection open to go elsewhere while it stops', async () => {
  const program = await startProgram({ ...environment, DRAIN_SECONDS: '1' })
  const keeping = async () => (await request(program.url, 'GET', '/livez')).headers.get('connection')
  expect(await keeping()).toBe('keep-alive')
  const ended = program.end('SIGTERM')
  await until(async () => (await keeping()) === 'close', 'it says so')
  expect((await ended).code).toBe(0)
})

describe('a database that is not there, or not migrated, at the start', async () => {
  const nowhere = new URL(db.ownerUrl)
  nowhere.port = '1'
  const emptyUrl = await emptyDatabase()

  it.each([
    ['not there', nowhere.href, /does not answer/],
    ['not migrated', emptyUrl, /is older than schema \d{6}.*run npm run migrate/],
  ])('%s: every role starts, is not ready and says why', async (_, url, says) => {
    for (const role of scaled({ full: ['all', 'worker'], small: ['all'] })) {
      const program = await startProgram({ ...(await productionOf(db.ownerUrl)), ...urls(url), ROLE: role })
      const { status, text } = await request(program.adminUrl, 'GET', '/readyz')
      expect([role, status, JSON.parse(text).problem]).toEqual([role, 503, expect.stringMatching(says)])
      await until(
        async () => program.lines().some(({ msg }) => /worker cannot start yet/.test(msg ?? '')),
        'it is logged',
      )
      expect((await program.end('SIGTERM')).code).toBe(0)
    }
  })

  it('the worker starts by itself once it is migrated', async () => {
    const program = await startProgram({ ...(await productionOf(db.ownerUrl)), ...urls(emptyUrl), ROLE: 'worker' })
    await migrateDatabase(emptyUrl)
    await until(async () => program.lines().some(({ tag }) => tag === 'CleanupJob'), 'it sweeps')
    expect((await request(program.adminUrl, 'GET', '/readyz')).status).toBe(200)
    expect((await program.end('SIGTERM')).code).toBe(0)
  })
})

const urls = (url: string) => ({ DATABASE_URL: url, REST_DATABASE_URL: url, ADMIN_DATABASE_URL: url })

describe('in production', () => {
  it('the development secret is refused, in either place, and so is a missing login', async () => {
    const { REST_DATABASE_URL: _, ...others } = environment
    const { code, stderr } = await failedStart({
      ...others,
      JWT_SECRET: developmentJwtSecret,
      JWT_SECRET_PREVIOUS: developmentJwtSecret,
    })
    expect(code).toBe(1)
    for (const name of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'REST_DATABASE_URL'])
      expect(stderr).toContain(`  ${name}: `)
  })
})
