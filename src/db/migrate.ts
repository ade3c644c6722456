// Brings a database to this program's schema: roles, migrations, the worker's own schema, and the sql/ layer.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from 'graphile-migrate'
import { clearAllPools } from 'graphile-migrate/dist/pgReal.js'
import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { closeDatabaseToPublic } from './close-database.ts'
import { assertDirect } from './direct-session.ts'
import { loadSql } from './load-sql.ts'
import { migrationsFolder, planMigration } from './migration-plan.ts'
import { sqlRoot } from './sql-file.ts'

/** Any number, the same for every process that migrates. */
const MIGRATION_LOCK = 7_365_310
const LOCK_POLL_MS = 100
const LOCK_WAIT_MS = 120_000
const LOCK_NOT_AVAILABLE = '55P03'

/** How long to wait for graphile-migrate's sessions to close; they take a few milliseconds. */
const SESSIONS_WAIT_MS = 2_000
const SESSIONS_POLL_MS = 5

/**
 * Safe to run from several processes at once: one works, the others wait for it and then find nothing to do. Throws and
 * changes nothing on a database that a newer release has migrated.
 */
export async function migrateDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'weelo-migrate' })
  client.on('error', () => {}) // the statement that meets it says so
  await client.connect()
  try {
    await assertDirect(client)
    await lock(client)
    await planMigration(client)
    await client.query(readFileSync(join(sqlRoot, 'roles.sql'), 'utf8'))
    await closeDatabaseToPublic(client)
    await whileLocked(() => runMigrate(connectionString, client))
    await runMigrations({ connectionString, logger: new Logger(() => () => {}) })
    await loadSql(client)
  } finally {
    await client.end() // gives the lock back
  }
}

/**
 * graphile-migrate keeps its sessions for 200 ms and ends this process, with exit code 1, when one of them is lost in
 * that time, as when the service is stopped at once. So they are closed here, and seen to be gone.
 */
async function runMigrate(connectionString: string, client: pg.Client): Promise<void> {
  const url = new URL(connectionString)
  const name = `graphile-migrate-${process.pid}`
  url.searchParams.set('application_name', name)
  try {
    await migrate({ connectionString: url.href, migrationsFolder })
  } finally {
    clearAllPools()
    for (let waited = 0; waited < SESSIONS_WAIT_MS; waited += SESSIONS_POLL_MS) {
      const left = await client.query('select from pg_stat_activity where application_name = $1', [name])
      if (left.rowCount === 0) break
      await sleep(SESSIONS_POLL_MS)
    }
  }
}

/**
 * graphile-migrate has a lock of its own, which a killed process holds until its last statement ends. And a migration
 * gives way when somebody holds what it must lock: it waits for a moment, is rolled back, and is tried again. The time for
 * that begins with the first lock that it does not get: an index before it may have taken minutes.
 */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  let end: number | undefined
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const { message, code } = error as { message: string; code?: string }
      const isLocked = message === 'Failed to get exclusive lock' || code === LOCK_NOT_AVAILABLE
      end ??= performance.now() + LOCK_WAIT_MS
      if (!isLocked || performance.now() > end) throw stoppedBy(error as Error)
      await sleep(LOCK_POLL_MS)
    }
  }
}

/** What stands after a migration failed. */
function stoppedBy(error: Error): Error {
  const message =
    `A migration failed: ${error.message}. What it had done was rolled back, but for one whose comment says what to do when ` +
    'it was broken off; those before it stand, and servers of the release before go on. Find who holds a lock in ' +
    'pg_stat_activity and pg_locks, or mend the migration; then run this again.'
  return Object.assign(new Error(message), { cause: error })
}

/** Polls: a session that waits inside pg_advisory_lock() holds a snapshot, which create index concurrently waits for. */
async function lock(client: pg.Client): Promise<void> {
  for (let waited = 0; waited <= LOCK_WAIT_MS; waited += LOCK_POLL_MS) {
    const result = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [MIGRATION_LOCK])
    if (result.rows[0]?.got) return
    await sleep(LOCK_POLL_MS)
  }
  throw new Error(
    `Another process has been migrating this database for ${LOCK_WAIT_MS / 1000} s. Find it in pg_stat_activity as weelo-migrate.`,
  )
}
