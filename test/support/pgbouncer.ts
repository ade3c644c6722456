// Debian's PgBouncer before a server, in transaction mode: version 1.18, which does not know named statements.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { serverIdentity } from '../../src/db/embedded-programs.ts'
import { atTheEnd } from './at-the-end.ts'
import { temporaryFolder } from './program.ts'
import { until } from './until.ts'

const program = '/usr/sbin/pgbouncer'
const operator = { user: 'console', password: 'only-for-this-test' }

async function stop(pooler: ChildProcess): Promise<void> {
  const exited = once(pooler, 'exit')
  pooler.kill('SIGINT')
  await exited
}

/** Throws the line that installs what is missing. */
export function requirePgbouncer(): void {
  if (!existsSync(program)) throw new Error('This test needs: apt-get update && apt-get install -y pgbouncer')
}

/**
 * Starts one, stopped after the file, which lets in the logins of the given URLs. A database has `sessions` for each of
 * them, however many clients there are, and each transaction gets another; sessions end soon when idle, so that a database can be dropped.
 */
export async function startPgbouncer(urls: string[], sessions: number) {
  requirePgbouncer()
  const folder = temporaryFolder()
  const port = await freePort()
  const [server] = urls.map((url) => new URL(url))
  const logins = [
    ...urls.map((url) => new URL(url)).map(({ username, password }) => [username, password]),
    [operator.user, operator.password],
  ]
  writeFileSync(join(folder, 'users.txt'), logins.map(([user, password]) => `"${user}" "${password}"\n`).join(''))
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${server?.hostname} port=${server?.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
admin_users = ${operator.user}
default_pool_size = ${sessions}
server_round_robin = 1
max_client_conn = 500
server_idle_timeout = 1
stats_period = 1
`,
  )
  const pooler = spawn(program, [join(folder, 'pgbouncer.ini')], { ...serverIdentity(), cwd: '/', stdio: 'ignore' })
  atTheEnd(() => stop(pooler))
  const address = `127.0.0.1:${port}`
  const ask = async <Row extends pg.QueryResultRow>(question: string): Promise<Row[]> => {
    const client = new pg.Client({ ...operator, host: '127.0.0.1', port, database: 'pgbouncer' })
    await client.connect()
    const { rows } = await client.query<Row>(question)
    await client.end()
    return rows
  }
  const answers = () =>
    ask('show version').then(
      () => true,
      () => false,
    )
  await until(answers, 'PgBouncer answers')
  /** A URL's twin that leads through it. */
  const through = (url: string) => Object.assign(new URL(url), { host: address }).href
  return { address, ask, through }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
