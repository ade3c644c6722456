import { describe, expect, it } from 'vitest'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { sqlLayer } from '../../src/db/sql-file.ts'
import { copyDatabase } from '../support/database.ts'
import { emptyDatabase } from '../support/empty-database.ts'
import { runCli } from '../support/run-cli.ts'

const emptyUrl = await emptyDatabase()
const copy = await copyDatabase()
const migrate = (args: string[], url: string) => runCli('src/cli/migrate.ts', args, { DATABASE_URL: url })
const isThere = async (url: string) => (await migrate(['--dry-run'], url)).code === 0

describe('npm run migrate', () => {
  it('--dry-run prints the plan, changes nothing and exits with 2 when there is something to do', async () => {
    const { code, stdout, stderr } = await migrate(['--dry-run'], emptyUrl)
    expect([code, stderr]).toEqual([2, ''])
    expect(stdout).toContain('is at schema none, sql/ none.')
    expect(stdout).toContain(
      'to run: 000002-admins-find-by-phone-and-hour.sql: Slow on a large table: each index keeps writers out while it is built.\n',
    )
    expect(stdout).toContain(`to load: sql/ ${sqlLayer()}`)
    expect(stdout).toContain('Nothing was changed')
    expect(await isThere(emptyUrl)).toBe(false)
  })

  it('prints the plan, carries it out, says how long it took, and exits with 0', async () => {
    const { code, stdout, stderr } = await migrate([], emptyUrl)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.indexOf('to run: 000001')).toBeLessThan(stdout.indexOf('Done in'))
    expect(stdout).toMatch(new RegExp(`Done in [\\d.]+ s: schema ${newestMigration()}, sql/ ${sqlLayer()}\\.`))
    expect(await isThere(emptyUrl)).toBe(true)
  })

  it('again finds nothing new and exits with 0, dry or not', async () => {
    for (const args of [[], ['--dry-run']]) {
      const { code, stdout } = await migrate(args, emptyUrl)
      expect(code).toBe(0)
      expect(stdout).toContain('Nothing is new')
    }
  })

  it('with newer functions loaded refuses to bring its own back, unless it is told to with --back', async () => {
    await copy.owner.query("insert into app.sql_layers (layer) values ('0123456789ab')")
    expect((await migrate(['--dry-run'], copy.ownerUrl)).stdout).toContain(
      `sql/ 0123456789ab.\n  to load: sql/ ${sqlLayer()}`,
    )
    const refused = await migrate([], copy.ownerUrl)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/runs sql\/ 0123456789ab, which is newer than .*Nothing was changed\. .*-- --back/)
    expect(await isThere(copy.ownerUrl)).toBe(false)
    expect((await migrate(['--back'], copy.ownerUrl)).code).toBe(0)
    expect(await isThere(copy.ownerUrl)).toBe(true)
  })

  it('with functions loaded last that are older, loads its own', async () => {
    await copy.owner.query(
      "update app.sql_layers set loaded_at = now() + interval '1 s', first_loaded_at = '2026-01-01' where layer = '0123456789ab'",
    )
    expect(await isThere(copy.ownerUrl)).toBe(false)
    expect((await migrate([], copy.ownerUrl)).code).toBe(0)
  })

  it('names the migrations of the queue when they are behind', async () => {
    await copy.owner.query(
      'delete from graphile_worker.migrations where id = (select max(id) from graphile_worker.migrations)',
    )
    const { code, stdout } = await migrate(['--dry-run'], copy.ownerUrl)
    expect([code, stdout]).toEqual([2, expect.stringContaining('to run: the migrations of graphile-worker')])
  })

  it('on the database of a newer release changes nothing, says so and exits with 1', async () => {
    await copy.owner.query(
      "insert into graphile_migrate.migrations (hash, filename, date) values ('sha1:x', '999999.sql', now())",
    )
    for (const args of [[], ['--dry-run']]) {
      const { code, stderr } = await migrate(args, copy.ownerUrl)
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /at schema 999999, and this release knows \d{6}: a newer release has migrated it\. Nothing was changed\./,
      )
    }
  })

  it.each([
    [
      'a server that is not there',
      'postgres://weelo:secret-word@127.0.0.1:1/weelo',
      /^The database weelo at 127\.0\.0\.1:1 cannot be reached.*ECONNREFUSED.*Nothing was changed\. Check/,
    ],
    ['no DATABASE_URL', '', /DATABASE_URL is not set: it is the owner’s login/],
  ])('with %s says what is wrong, without a stack or the password, and exits with 1', async (_, url, says) => {
    const { code, stdout, stderr } = await migrate([], url)
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
    expect(stdout + stderr).not.toMatch(/secret-word|^\s+at /m)
  })

  it('with an argument that it does not know says how it is called and exits with 1', async () => {
    const { code, stderr } = await migrate(['--dryrun'], emptyUrl)
    expect(code).toBe(1)
    expect(stderr).toMatch(/--dryrun[\s\S]*Usage: npm run migrate \[-- --dry-run\]/)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})
