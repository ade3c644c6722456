// The release before this one, as it was committed, on the schema and the functions of this one.
import { execFileSync } from 'node:child_process'
import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { emptyDatabase } from '../support/empty-database.ts'
import { productionOf } from '../support/production.ts'
import { project, startProgram, temporaryFolder } from '../support/program.ts'
import { runCli } from '../support/run-cli.ts'
import { request } from '../support/service.ts'
import { until } from '../support/until.ts'
import { everyAnswer, startUsing } from '../support/using.ts'

const git = (...args: string[]) => execFileSync('git', args, { cwd: project, maxBuffer: 64 * 1024 * 1024 })

/** The commit before the one that added the newest migration; today's when that is not committed yet. */
function previousRelease(): string {
  const newest = readdirSync(join(project, 'migrations/committed')).sort().at(-1)
  const added = git('log', '--diff-filter=A', '--format=%H', '-1', '--', `migrations/committed/${newest}`)
  const commit = added.toString().trim()
  return commit === '' ? 'HEAD' : `${commit}^`
}

const databaseUrl = await emptyDatabase()

it('serves without a failed request while this release migrates, and afterwards', async () => {
  const folder = temporaryFolder()
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', previousRelease()) })
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  const owner = { DATABASE_URL: databaseUrl }
  expect((await runCli('src/cli/migrate.ts', [], owner, folder)).code).toBe(0)
  const program = await startProgram(await productionOf(databaseUrl), { cwd: folder })
  const before = JSON.parse((await request(program.url, 'GET', '/version')).text)
  expect(before.schema < newestMigration()).toBe(true)

  const use = startUsing(program.url)
  afterAll(use.stop)
  await until(async () => use.answers.length > 500, 'it is used')
  const { code, stderr } = await runCli('src/cli/migrate.ts', [], owner)
  expect([code, stderr]).toEqual([0, ''])
  const during = use.answers.length
  await until(async () => use.answers.length > during + 1_000, 'it is used afterwards', 60_000)
  await use.stop()
  expect(program.lines().filter(({ msg }) => msg === 'request failed')).toEqual([])
  expect(use.kinds()).toEqual(everyAnswer)
  expect(JSON.parse((await request(program.url, 'GET', '/readyz')).text)).toMatchObject({
    status: 'ready',
    schema: newestMigration(),
  })
  console.log(`the release before, schema ${before.schema}: ${use.answers.length} answers, none failed`)
})
