// With PG_NAMED_STATEMENTS=off the service needs no session of its own: here each transaction gets another one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { assertDirectPool } from '../../src/db/direct-session.ts'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { deriveLogin } from '../../src/db/logins.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { asAdmin } from '../support/admin.ts'
import { one } from '../support/database.ts'
import { startPgbouncer } from '../support/pgbouncer.ts'
import { productionOf } from '../support/production.ts'
import { project, startProgram, temporaryFolder } from '../support/program.ts'
import { runCli } from '../support/run-cli.ts'
import { range } from '../support/scale.ts'
import { testSecret } from '../support/secret.ts'
import { until } from '../support/until.ts'
import { everyAnswer, startUsing } from '../support/using.ts'

/** Fewer than each test's clients by far: ten sessions for requests, two for the news. */
const SESSIONS = 3

const server = await startEmbeddedPostgres(temporaryFolder(), [
  ...[
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=300',
    'track_commit_timestamp=on',
  ],
])
afterAll(server.stop)
await migrateDatabase(server.url)
const restUrl = await deriveLogin(server.url, 'weelo_rest', testSecret)
const adminUrl = await deriveLogin(server.url, 'weelo_graphql', testSecret)
const pgbouncer = await startPgbouncer([restUrl, adminUrl, server.url], SESSIONS)

/** Runs test files through it, the rest of the run as always. */
async function testThrough(files: string[], more: Record<string, string> = {}) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...files], {
    cwd: project,
    env: { PATH, HOME, NO_COLOR: '1', TEST_DATABASE_URL: server.url, TEST_PGBOUNCER: pgbouncer.address, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const [code] = await once(child, 'close')
  const [totals, passed, failed, skipped] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output) ?? []
  return { code, output, totals, passed: Number(passed), failed: Number(failed), skipped: Number(skipped) }
}

const owner = new pg.Pool({ connectionString: server.url, max: 2 })
const throughRest = new pg.Pool({ connectionString: pgbouncer.through(restUrl), max: 1 })
for (const pool of [owner, throughRest]) pool.on('error', () => {})
afterAll(() => Promise.all([owner.end(), throughRest.end()]))

type Stats = { database: string; xact_count: string }
const transactions = async () =>
  (await pgbouncer.ask<Stats>('show stats_totals')).reduce((sum, { xact_count }) => sum + Number(xact_count), 0)

it('is the version that does not know named statements', async () => {
  const { version } = (await pgbouncer.ask<{ version: string }>('show version'))[0] ?? {}
  expect(version).toMatch(/^PgBouncer 1\.(1\d|20)\./)
})

/** Of the admins' tests, those that do not look into the sessions themselves. */
const suite = ['test/rest', ...['door', 'mutations', 'trips'].map((name) => `test/admin/${name}.test.ts`)]

describe('PG_NAMED_STATEMENTS=off', () => {
  it('lets the whole REST suite pass through it, and what admins change', async () => {
    const before = await transactions()
    const { code, output, totals, passed, failed, skipped } = await testThrough(suite)
    expect([failed, skipped, code], output.slice(-8_000)).toEqual([0, 0, 0])
    expect(passed).toBeGreaterThan(500)
    const through = async () => (await transactions()) - before
    await until(async () => (await through()) > passed, 'PgBouncer has counted them')
    console.log(`through PgBouncer: ${totals}; ${await through()} transactions`)
  })

  it('lets the real program serve everybody, many clients in few sessions, with limits that the logins bring along', async () => {
    const environment = await productionOf(server.url)
    const program = await startProgram({
      ...environment,
      REST_DATABASE_URL: pgbouncer.through(String(environment.REST_DATABASE_URL)),
      ADMIN_DATABASE_URL: pgbouncer.through(String(environment.ADMIN_DATABASE_URL)),
      PG_NAMED_STATEMENTS: 'off',
    })
    const use = startUsing(program.url)
    afterAll(use.stop)
    await until(async () => use.answers.length > 1_000, 'it is used', 60_000)
    const { data, errors } = await (await asAdmin(program.adminUrl)).query(
      '{ orders { nodes { timeline { toStatus } } } }',
    )
    expect([data.orders.nodes.length, errors]).toEqual([50, []])
    const limits = await one(throughRest, "select current_setting('statement_timeout') as most")
    const sessions = await one(
      owner,
      "select count(*)::integer as n from pg_stat_activity where usename = 'weelo_rest'",
    )
    await use.stop()
    expect(use.kinds()).toEqual(everyAnswer)
    expect([limits, sessions]).toEqual([{ most: '2s' }, { n: SESSIONS }])
    expect((await program.end('SIGTERM')).code).toBe(0)
    expect(program.lines().filter(({ msg }) => msg === 'request failed')).toEqual([])
  })
})

describe('PG_NAMED_STATEMENTS=on', () => {
  it('fails there: a statement meets a session where it was not prepared', async () => {
    const poolOf = (size: number) => makePool(pgbouncer.through(restUrl), size, () => {})
    const [wide, single] = [poolOf(SESSIONS), poolOf(1)]
    await Promise.all(range(SESSIONS).map(() => wide.query('select pg_sleep(0.2)'))) // at once, so that each has one of its own
    const call = makeCall(single)
    const asked = range(SESSIONS).map(() => call({ name: 'q0', text: 'select 0', values: [] })) // in turn, on one after another
    const outcomes = await Promise.allSettled(asked)
    await Promise.all([wide.end(), single.end()])
    const messages = outcomes.flatMap((each) => (each.status === 'rejected' ? String(each.reason.message) : []))
    expect(messages.join('\n')).toMatch(/prepared statement "q\d" does not exist/)
  })

  it('fails the same suite', async () => {
    const { failed, passed, output } = await testThrough(['test/rest'], {
      TEST_NAMED_STATEMENTS: 'on',
    })
    expect(failed, output.slice(-4_000)).toBeGreaterThan(0)
    console.log(`with named statements: ${passed} passed, ${failed} failed`)
  })
})

describe('the owner’s login', () => {
  const message = /DATABASE_URL leads through a connection pooler .* the address of the PostgreSQL server itself/
  const ownerThrough = pgbouncer.through(server.url)

  it('is refused to the worker there, which says what to do and goes on trying; nothing was swept', async () => {
    const program = await startProgram({
      NODE_ENV: 'production',
      ROLE: 'worker',
      DATABASE_URL: ownerThrough,
      DRAIN_SECONDS: '0',
    })
    const refusals = () =>
      program.lines().filter(({ tag, message: said }) => tag === 'worker' && message.test(String(said)))
    await until(async () => refusals().length > 1, 'the worker has tried twice')
    expect((await program.end('SIGTERM')).code).toBe(0)
  })

  it('is refused to a migration there, which has changed nothing', async () => {
    const { code, stderr } = await runCli('src/cli/migrate.ts', [], { DATABASE_URL: ownerThrough })
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
  })

  it('is refused also where the pooler takes what it does not know', async () => {
    const pool = new pg.Pool({ connectionString: ownerThrough, max: 1 })
    await expect(assertDirectPool(pool)).rejects.toThrow(message)
    await pool.end()
    await assertDirectPool(owner)
  })
})
