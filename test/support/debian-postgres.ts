// A temporary cluster of Debian's PostgreSQL 15: the oldest version that is supported, and the one with plpgsql_check.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { serverIdentity } from '../../src/db/embedded-programs.ts'
import { atTheEnd } from './at-the-end.ts'
import { temporaryFolder } from './program.ts'
import { until } from './until.ts'

export const programs = '/usr/lib/postgresql/15'
const password = 'only-for-this-temporary-cluster'

async function stop(server: ChildProcess, superuserUrl: string): Promise<void> {
  // graphile-migrate ends the process whose idle session is cut, and keeps one for 200 ms.
  const sessions = "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
  await until(async () => (await onServer(superuserUrl, sessions)) === 0, 'nobody is on the server')
  const exited = once(server, 'exit')
  server.kill('SIGINT')
  await exited
}

/** Throws the line that installs what is missing. */
export function requireDebianPostgres(): void {
  const isThere =
    existsSync(`${programs}/bin/postgres`) && existsSync('/usr/share/postgresql/15/extension/plpgsql_check.control')
  if (!isThere)
    throw new Error('This test needs: apt-get update && apt-get install -y postgresql-15 postgresql-15-plpgsql-check')
}

/** Starts one, stopped after the file. `url` logs in as an owner who may make databases and roles but is no superuser. */
export async function startDebianPostgres(): Promise<{ url: string; superuserUrl: string }> {
  requireDebianPostgres()
  const identity = serverIdentity()
  const folder = temporaryFolder()
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (identity) for (const path of [data, passwordFile]) chownSync(path, identity.uid, identity.gid)
  execFileSync(
    `${programs}/bin/initdb`,
    ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', '--encoding=UTF8'],
    { ...identity, cwd: '/', stdio: 'pipe' },
  )
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=300',
    'track_commit_timestamp=on',
  ]
  const server = spawn(`${programs}/bin/postgres`, ['-D', data, ...settings.flatMap((s) => ['-c', s])], {
    ...identity,
    cwd: '/',
    stdio: 'ignore',
  })
  const urlOf = (user: string, database = user) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
  atTheEnd(() => stop(server, urlOf('postgres')))
  await until(() => answers(urlOf('postgres')), 'PostgreSQL 15 answers')
  await onServer(urlOf('postgres'), `create role weelo login createdb createrole password '${password}'`)
  await onServer(urlOf('postgres'), 'grant pg_read_all_stats to weelo') // as deploy/README.md asks of a superuser
  await onServer(urlOf('postgres'), 'create database weelo owner weelo')
  return { url: urlOf('weelo'), superuserUrl: urlOf('postgres', 'weelo') }
}

async function onServer(connectionString: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(sql)).rowCount ?? 0
  } finally {
    await client.end()
  }
}

const answers = (url: string): Promise<boolean> =>
  onServer(url, 'select 1').then(
    () => true,
    () => false,
  )

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
