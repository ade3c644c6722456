import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { openDatabases } from '../src/databases.ts'
import { makeCall } from '../src/db/pool.ts'
import { copyDatabase, one } from './support/database.ts'
import { productionOf } from './support/production.ts'
import type { Environment } from './support/program.ts'
import { testSecret } from './support/secret.ts'

const copy = await copyDatabase()
const environment: Environment = { ...(await productionOf(copy.ownerUrl)), JWT_SECRET: testSecret }
const databases = await openDatabases(readConfig(environment), () => {})
afterAll(databases.close)

const limitsOf = (pool: pg.Pool | undefined) =>
  one(
    pool as pg.Pool,
    `select current_user as login, current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
       current_setting('idle_in_transaction_session_timeout') as idle, current_setting('tcp_keepalives_idle') as keepalive`,
  )

describe('each audience has a login and limits of its own', () => {
  it.each([
    ['rest', { login: 'weelo_rest', statement: '2s', lock: '500ms', idle: '5s', keepalive: '30' }],
    ['live', { login: 'weelo_rest', statement: '2s', lock: '500ms', idle: '5s', keepalive: '30' }],
    ['admin', { login: 'weelo_graphql', statement: '3s', lock: '500ms', idle: '5s', keepalive: '30' }],
    ['owner', { login: 'weelo', statement: '1min', lock: '5s', idle: '1min', keepalive: expect.any(String) }],
  ] as const)('%s', async (name, limits) => {
    expect(await limitsOf(databases[name])).toEqual(limits)
  })
})

it.each([
  ['api', ['rest', 'live', 'health'], 'weelo_rest', ['DATABASE_URL', 'ADMIN_DATABASE_URL']],
  ['admin', ['admin', 'health'], 'weelo_graphql', ['DATABASE_URL', 'REST_DATABASE_URL']],
  ['worker', ['owner', 'health'], 'weelo', ['REST_DATABASE_URL', 'ADMIN_DATABASE_URL']],
])('ROLE=%s opens only %s, all as %s, and can do without the other logins', async (role, names, login, others) => {
  const given = Object.entries({ ...environment, ROLE: role }).filter(([name]) => !others.includes(name))
  const own = await openDatabases(readConfig(Object.fromEntries(given)), () => {})
  const opened = Object.entries(own).filter(([, value]) => value instanceof pg.Pool)
  expect(opened.map(([name]) => name).sort()).toEqual([...names].sort())
  expect(await one(own.health, 'select current_user as login')).toEqual({ login })
  await own.close()
})

it.each([
  ['all', true],
  ['api', false],
  ['admin', true],
  ['worker', false],
])(
  'ROLE=%s reads from the replica that it was given: %s, and asks the primary for its health',
  async (role, expected) => {
    const env = {
      ...environment,
      ROLE: role,
      DATABASE_READ_URL: `${environment.ADMIN_DATABASE_URL}?application_name=replica`,
    }
    const own = await openDatabases(readConfig(env), () => {})
    const nameOf = (pool: pg.Pool) => one(pool, "select current_setting('application_name') as name")
    expect(own.replica !== undefined).toBe(expected)
    if (own.replica) expect(await limitsOf(own.replica)).toEqual(await limitsOf(own.admin))
    if (own.replica) expect(await nameOf(own.replica)).toEqual({ name: 'replica' })
    expect(await nameOf(own.health)).toEqual({ name: 'weelo-order-service' })
    await own.close()
  },
)

it.each([
  ['on', 1],
  ['off', 0],
])(
  'with PG_NAMED_STATEMENTS=%s every session that a request uses prepares %i statements for one call',
  async (given, n) => {
    const env = { ...environment, PG_NAMED_STATEMENTS: given, DATABASE_READ_URL: `${environment.ADMIN_DATABASE_URL}` }
    const own = await openDatabases(readConfig(env), () => {})
    for (const pool of [own.rest, own.live, own.admin, own.replica, own.health]) {
      await makeCall(pool as pg.Pool)({ name: 'one', text: 'select $1::integer', values: [1] })
      const prepared = 'select count(*)::integer as n from pg_prepared_statements'
      expect(await one(pool as pg.Pool, prepared)).toEqual({ n })
    }
    await own.close()
  },
)
