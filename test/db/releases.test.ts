// A deploy is: migrate as the next release, then replace servers one by one. What runs meanwhile are servers of the
// release before on the next one's schema and functions; and never a server on a schema older than its own.
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { sqlLayer } from '../../src/db/sql-file.ts'
import { emptyDatabase } from '../support/empty-database.ts'
import { nextRelease } from '../support/next-release.ts'
import { productionOf } from '../support/production.ts'
import { startProgram } from '../support/program.ts'
import { runCli } from '../support/run-cli.ts'
import { asCustomer, request } from '../support/service.ts'
import { until } from '../support/until.ts'
import { everyAnswer, startUsing } from '../support/using.ts'

const databaseUrl = await emptyDatabase()
const olderUrl = await emptyDatabase()
const heldUrl = await emptyDatabase()
const next = nextRelease()
const migrate = (args: string[] = []) => runCli('src/cli/migrate.ts', args, { DATABASE_URL: databaseUrl }, next.folder)
const readiness = async (url: string) => {
  const { status, text } = await request(url, 'GET', '/readyz')
  return { status, ...JSON.parse(text) }
}

describe('on the schema and the functions of the next release', async () => {
  const program = await startProgram({ DATABASE_URL: databaseUrl })
  const use = startUsing(program.url)
  afterAll(use.stop)

  it('a running server serves without a failed request, before, during and after the migration', async () => {
    const some = 200
    await until(async () => use.answers.length > some, 'it is used')
    const { code, stdout, stderr } = await migrate()
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`schema ${next.schema}`)
    const during = use.answers.length
    await until(async () => use.answers.length > during + some, 'it is used afterwards')
    await use.stop()
    const failures = program.lines().filter(({ msg }) => msg === 'request failed')
    expect(failures).toEqual([])
    expect(use.kinds()).toEqual(everyAnswer)
  })

  it('and says which schema and functions it runs on, while it knows its own', async () => {
    const ready = await readiness(program.url)
    expect(ready).toMatchObject({ status: 'ready', schema: next.schema })
    const version = JSON.parse((await request(program.url, 'GET', '/version')).text)
    expect(version).toMatchObject({ schema: newestMigration(), sql: sqlLayer() })
    expect(ready.sql).not.toBe(version.sql)
  })

  it('a server that starts again, as after a rollback, serves too; and no older release migrates it back', async () => {
    const restarted = await startProgram(await productionOf(databaseUrl))
    expect((await readiness(restarted.url)).status).toBe('ready')
    expect((await (await asCustomer(restarted.url)).create()).status).toBe(201)
    const back = await runCli('src/cli/migrate.ts', [], { DATABASE_URL: databaseUrl })
    expect(back.code).toBe(1)
    expect(back.stderr).toContain(`at schema ${next.schema}, and this release knows ${newestMigration()}`)
    expect((await readiness(restarted.url)).schema).toBe(next.schema)
  })
})

it('a server on a schema older than its own is not ready and says so, until the database is migrated', async () => {
  await migrateDatabase(olderUrl)
  const early = await startProgram(await productionOf(olderUrl), { cwd: next.folder })
  expect(await readiness(early.url)).toMatchObject({
    status: 'not ready',
    problem: expect.stringMatching(
      `at schema ${newestMigration()}, this program needs ${next.schema}: run npm run migrate`,
    ),
    commit: expect.any(String),
    requestId: expect.any(String),
  })
  expect((await request(early.url, 'GET', '/readyz')).status).toBe(503)
  expect((await request(early.url, 'GET', '/livez')).status).toBe(200)
  const { code } = await runCli('src/cli/migrate.ts', [], { DATABASE_URL: olderUrl }, next.folder)
  expect(code).toBe(0)
  expect((await readiness(early.url)).status).toBe('ready')
})

it('a migration whose table somebody holds waits without holding up customers for long, and goes on when it is free', async () => {
  const url = heldUrl
  await migrateDatabase(url)
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('begin; lock table app.disputes in row exclusive mode')
  const migrating = runCli('src/cli/migrate.ts', [], { DATABASE_URL: url }, next.folder)
  const gaveWay = 'select from pg_stat_database where datname = current_database() and xact_rollback > 0'
  await until(async () => (await holder.query(gaveWay)).rowCount === 1, 'it has given way once')
  await holder.query('rollback')
  const { code, stdout } = await migrating
  expect([code, stdout]).toEqual([0, expect.stringContaining(`schema ${next.schema}`)])
  await holder.end()
})
