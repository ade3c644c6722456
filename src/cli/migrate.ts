// npm run migrate: brings the database of DATABASE_URL to this release's schema and sql/. In production the one step that
// does, before any new server. Exit codes: 0 done, or nothing to do; 1 failed; 2 --dry-run found something to do.
import { parseArgs } from 'node:util'
import pg from 'pg'
import { configOrExit } from '../config.ts'
import { migrateDatabase } from '../db/migrate.ts'
import { newestMigration, type Plan, planMigration } from '../db/migration-plan.ts'
import { sqlLayer } from '../db/sql-file.ts'

const USAGE = `Usage: npm run migrate [-- --dry-run] [-- --back]
  --dry-run  print the plan and change nothing; exit code 2 when there is something to do
  --back     load this release's sql/ although it is older than what runs`
const SOMETHING_TO_DO = 2

async function planOf(connectionString: string): Promise<Plan> {
  const client = new pg.Client({ connectionString, application_name: 'weelo-migrate' })
  client.on('error', () => {}) // the statement that meets it says so
  try {
    await client.connect()
  } catch (error) {
    const { message, code } = error as { message: string; code?: string }
    throw new Error(
      `${nameOf(connectionString)} cannot be reached, or does not let this login in: ${message || code}. ` +
        'Nothing was changed. Check the host, the login and its password in DATABASE_URL, and that the server runs.',
    )
  }
  try {
    return await planMigration(client)
  } finally {
    await client.end()
  }
}

/** Prints the plan, a line a step, and returns whether there is one. */
function hasSteps({ schema, layer, pending, isLayerNew, isStepBack, isQueueOlder }: Plan, database: string): boolean {
  const steps = pending.map(({ file, note }) => `to run: ${file}: ${note}`)
  if (isQueueOlder) steps.push('to run: the migrations of graphile-worker, whose queue the worker uses')
  if (isLayerNew)
    steps.push(`to load: sql/ ${sqlLayer()}: every function, view, guard and grant${isStepBack ? ', a step back' : ''}`)
  console.log(`${database} is at schema ${schema}, sql/ ${layer}.`)
  for (const step of steps) console.log(`  ${step}`)
  if (steps.length === 0) console.log('  Nothing is new; what was changed by hand is put right.')
  return steps.length > 0
}

function refuseStepBack({ layer }: Plan): never {
  throw new Error(
    `The database runs sql/ ${layer}, which is newer than sql/ ${sqlLayer()} of this release: to load it would bring ` +
      'yesterday’s rules back. Nothing was changed. If that is what you want: npm run migrate -- --back',
  )
}

/** Host and name, never the password. */
const nameOf = (url: string): string => {
  const { host, pathname } = new URL(url)
  return `The database ${pathname.slice(1)} at ${host}`
}

function options() {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ options: { 'dry-run': flag, back: flag } }).values
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`)
  }
}

async function run(): Promise<number> {
  const { 'dry-run': isDry, back: isBack } = options()
  const { DATABASE_URL: url } = configOrExit({ ROLE: 'worker' })
  if (!url) throw new Error('DATABASE_URL is not set: it is the owner’s login on the database to migrate.')
  const plan = await planOf(url)
  const isSomethingToDo = hasSteps(plan, nameOf(url))
  if (isDry) {
    console.log('Nothing was changed: --dry-run.')
    return isSomethingToDo ? SOMETHING_TO_DO : 0
  }
  if (plan.isStepBack && !isBack) refuseStepBack(plan)
  const startedAt = performance.now()
  await migrateDatabase(url)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`Done in ${seconds} s: schema ${newestMigration()}, sql/ ${sqlLayer()}.`)
  return 0
}

try {
  process.exitCode = await run()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
