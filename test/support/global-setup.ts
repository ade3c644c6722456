// One server for the whole run, and one migrated database that every test file copies.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { deriveLogin } from '../../src/db/logins.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { mutate } from './mutation.ts'
import { testSecret } from './secret.ts'
import { until } from './until.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The owner's login on the template database; copies differ in the database's name only. */
    ownerUrl: string
    restUrl: string
    adminUrl: string
    template: string
    /** A copy for tests that roll back. */
    shared: string
  }
}

const fastAndForgetful = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'track_commit_timestamp=on',
]

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  const run = `weelo_test_${process.pid}`
  const template = `${run}_template`
  const shared = `${run}_shared`
  const ownerUrl = withDatabase(server.url, template)

  await onServer(server.url, `create database ${template}`)
  await migrateDatabase(ownerUrl)
  await mutate(ownerUrl, process.env.TEST_MUTATION)
  const restUrl = await deriveLogin(ownerUrl, 'weelo_rest', testSecret)
  const adminUrl = await deriveLogin(ownerUrl, 'weelo_graphql', testSecret)
  await onServer(server.url, `create database ${shared} template ${template}`)

  project.provide('ownerUrl', ownerUrl)
  project.provide('restUrl', restUrl)
  project.provide('adminUrl', adminUrl)
  project.provide('template', template)
  project.provide('shared', shared)
  return async () => {
    await server.stop(run)
  }
}

/** TEST_DATABASE_URL, when set, is a login that may create databases and roles; else a server of our own. */
async function startServer(): Promise<{ url: string; stop: (run: string) => Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, stop: (run) => dropDatabases(given, run) }
  const folder = mkdtempSync(join(tmpdir(), 'weelo-test-'))
  chmodSync(folder, 0o711)
  const server = await startEmbeddedPostgres(folder, fastAndForgetful)
  const stop = async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** On a server that is not ours. Waits for the last session to end: an owner may not end those of other logins. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [`${prefix}_`],
  )
  for (const { datname } of rows) {
    await until(async () => {
      const sessions = await client.query('select from pg_stat_activity where datname = $1', [datname])
      return sessions.rowCount === 0
    }, `nobody uses ${datname}`)
    await client.query(`drop database ${datname}`)
  }
  await client.end()
}
