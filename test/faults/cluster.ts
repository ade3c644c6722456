// A PostgreSQL of the test's own that loses nothing (fsync on), always on the same port, and can be made to fail: the
// test is its supervisor.
import { execFile } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { serverIdentity, serverPrograms } from '../../src/db/embedded-programs.ts'
import { atTheEnd } from '../support/at-the-end.ts'
import { familyOf, isAlive, postmasterOf, temporaryFolder } from '../support/program.ts'
import { until } from '../support/until.ts'
import { supervise } from './supervised.ts'

const always = ['unix_socket_directories=', 'fsync=on']

type Options = {
  /** As for postgres -c. */
  settings?: string[]
  /** Addresses to listen on, and whose clients pg_hba lets in. */
  host?: string
  clients?: string
  /** Where its data go; a temporary folder otherwise. */
  folder?: string
  /** The command before the server's own, such as ip netns exec. */
  prefix?: string[]
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>

/** `url` is the owner's login on database weelo, as in production no superuser. Ended after the file. */
export async function startCluster({ settings = [], host = '127.0.0.1', clients, folder, prefix = [] }: Options = {}) {
  const home = folder ?? temporaryFolder()
  const first = await startEmbeddedPostgres(home)
  await first.stop()
  const data = join(home, 'postgres')
  if (clients) appendFileSync(join(data, 'pg_hba.conf'), `host all all ${clients} scram-sha-256\n`)
  const identity = serverIdentity()
  const programs = serverPrograms(identity)
  const at = (given: string) => Object.assign(new URL(given), { hostname: host.split(',')[0] }).href
  const [url, superuserUrl] = [at(first.url), at(first.superuserUrl)]
  const options = [`listen_addresses=${host}`, `port=${first.port}`, ...always, ...settings]
  const command = [...prefix, programs.postgres, '-D', data, ...options.flatMap((option) => ['-c', option])]
  const server = supervise(command, prefix.length === 0 ? identity : undefined, () => answers(superuserUrl))

  /** pg_ctl stop -m. The test's own writers go on meanwhile. */
  async function stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (!server.isRunning()) return
    const exited = server.exited()
    const args = ['stop', '-D', data, '-m', mode, '-w', '-t', '30']
    await promisify(execFile)(join(dirname(programs.postgres), 'pg_ctl'), args, { ...identity, cwd: '/' })
    await exited
  }

  atTheEnd(() => stop('immediate').catch(() => {}))
  await server.start()
  const { start, isRunning, log } = server
  return { url, superuserUrl, port: first.port, data, log, isRunning, start, kill: () => powerOff(home), stop }
}

/** The postmaster and every backend at once. */
async function powerOff(home: string): Promise<void> {
  const family = familyOf(postmasterOf(home))
  for (const pid of family) process.kill(pid, 'SIGKILL')
  await until(async () => !family.some(isAlive), 'the killed server is gone')
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** Rows of one statement on a session of its own. */
export async function ask<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}
