// A server of its own: roles belong to the whole cluster, and the other tests use theirs.
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { deriveLogin } from '../../src/db/logins.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { temporaryFolder } from '../support/program.ts'
import { testSecret } from '../support/secret.ts'

const server = await startEmbeddedPostgres(temporaryFolder(), ['fsync=off'])
const owner = new pg.Client({ connectionString: server.url })
await owner.connect()
afterAll(async () => {
  await owner.end()
  await server.stop()
})

it('roles that an operator made beforehand, with other attributes, are put right', async () => {
  await owner.query(
    `create role weelo_graphql login inherit; create role weelo_support login inherit; create role weelo_admin inherit;
     grant weelo_support, weelo_admin to weelo_graphql`,
  )
  await migrateDatabase(server.url)
  const { rows } = await owner.query(
    `select rolname, rolcanlogin, rolinherit from pg_roles where rolname in ('weelo_graphql', 'weelo_support', 'weelo_admin') order by 1`,
  )
  expect(rows).toEqual([
    { rolname: 'weelo_admin', rolcanlogin: false, rolinherit: false },
    { rolname: 'weelo_graphql', rolcanlogin: true, rolinherit: false },
    { rolname: 'weelo_support', rolcanlogin: false, rolinherit: false },
  ])

  const login = new pg.Client({ connectionString: await deriveLogin(server.url, 'weelo_graphql', testSecret) })
  await login.connect()
  try {
    await expect(login.query('select from api.orders')).rejects.toMatchObject({ code: '42501' })
    await login.query('set role weelo_support; select from api.orders')
  } finally {
    await login.end()
  }
})
