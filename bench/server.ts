// The PostgreSQL that is measured: one server for both sides of a pair, which loses nothing when the power goes.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { migrateDatabase } from '../src/db/migrate.ts'
import { atTheEnd } from './cleanup.ts'
import { secondsOfServer } from './processor.ts'

const MB = 1024 ** 2

/** As a small production server would have them: a quarter of the memory, and no checkpoint within a pair. */
export const productionSettings = [
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  `shared_buffers=${Math.floor(Math.min(totalmem(), process.constrainedMemory() || totalmem()) / 4 / MB)}MB`,
  'max_wal_size=8GB',
  'checkpoint_timeout=15min',
  'maintenance_work_mem=512MB',
  'max_connections=200',
  // A refusal is an error to PostgreSQL, and would be a block of its log for each; the service has a line of its own.
  'log_min_messages=log',
]

export type Server = Awaited<ReturnType<typeof startServer>>

/** `folder` is kept; without one it is a temporary folder, removed at the end. */
export async function startServer(settings: string[], folder?: string) {
  const home = folder ?? temporaryFolder()
  mkdirSync(home, { recursive: true, mode: 0o711 })
  const server = await startEmbeddedPostgres(home, settings)
  const stop = atTheEnd(() => server.stop())
  const postmaster = Number(readFileSync(join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
  const at = (given: string, database: string) => Object.assign(new URL(given), { pathname: `/${database}` }).href
  const superuser = (database: string) => at(server.superuserUrl, database)
  let migrated: Promise<void> | undefined
  return {
    folder: home,
    /** The owner's login. */
    url: (database: string) => at(server.url, database),
    superuser,
    /** A migrated database, made anew. */
    database: async (name: string) => {
      migrated ??= migratedTemplate(at(server.url, TEMPLATE), superuser('postgres'))
      await migrated
      await ask(superuser('postgres'), `drop database if exists ${name} with (force)`)
      await ask(superuser('postgres'), `create database ${name} owner weelo template ${TEMPLATE}`)
      return openDatabase(at(server.url, name), superuser(name))
    },
    processorSeconds: () => secondsOfServer(postmaster),
    stop,
  }
}

const TEMPLATE = 'bench_template'

async function migratedTemplate(url: string, postgresUrl: string): Promise<void> {
  await ask(postgresUrl, `drop database if exists ${TEMPLATE} with (force)`)
  await ask(postgresUrl, `create database ${TEMPLATE} owner weelo`)
  await migrateDatabase(url)
}

export type Database = ReturnType<typeof openDatabase>

/** `url` logs in as the owner, as migrations and the worker do. */
export function openDatabase(url: string, superuserUrl: string) {
  return {
    url,
    superuserUrl,
    ask: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => ask<Row>(url, sql, values),
    asSuperuser: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      ask<Row>(superuserUrl, sql, values),
  }
}

/** Rows of one statement on a session of its own. */
export async function ask<Row extends pg.QueryResultRow>(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'weelo-bench' })
  client.on('error', () => {}) // the statement that meets it says so
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** That the server's own user may enter, removed at the end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weelo-bench-'))
  chmodSync(folder, 0o711)
  atTheEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }))
  return folder
}
