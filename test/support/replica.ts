// A primary and a real streaming replica of it, both of the embedded PostgreSQL.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { serverIdentity, serverPrograms } from '../../src/db/embedded-programs.ts'
import { atTheEnd } from './at-the-end.ts'
import { temporaryFolder } from './program.ts'
import { until } from './until.ts'

/** A replica must have room for what its primary may hold; autovacuum would take files away while they are copied. */
const settings = ['fsync=off', 'synchronous_commit=off', 'max_connections=100', 'autovacuum=off']
/** How long what the primary sends waits for a query that is in its way. */
const patience = 'max_standby_streaming_delay=200ms'

/** Both are stopped after the file. `url` and `superuserUrl` are the primary's; `onReplica` is a URL's twin there. */
export async function startPrimaryAndReplica() {
  const folder = temporaryFolder(serverIdentity())
  const primary = await startEmbeddedPostgres(folder, settings)
  const data = join(folder, 'replica')
  await copyWhileRunning(primary.superuserUrl, join(folder, 'postgres'), data)
  const port = await freePort()
  const onReplica = (url: string) => Object.assign(new URL(url), { port: String(port) }).href

  let server: ChildProcess | undefined
  const start = async () => {
    server = launch(data, port, primary.superuserUrl)
    await until(() => answers(onReplica(primary.superuserUrl)), 'the replica answers', 30_000)
  }
  const stop = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGINT')
    await exited
  }
  atTheEnd(async () => {
    await stop()
    await primary.stop()
  })
  await start()
  return { url: primary.url, superuserUrl: primary.superuserUrl, onReplica, start, stop }
}

async function copyWhileRunning(superuserUrl: string, from: string, to: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  await client.query("select pg_backup_start('replica', true)")
  execFileSync('cp', ['-a', from, to])
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
  await client.end()
  rmSync(join(to, 'postmaster.pid'))
  for (const slot of readdirSync(join(to, 'pg_replslot'))) rmSync(join(to, 'pg_replslot', slot), { recursive: true })
  const identity = serverIdentity()
  for (const [name, text = ''] of [['backup_label', rows[0]?.labelfile], ['standby.signal']] as const) {
    writeFileSync(join(to, name), text)
    if (identity) chownSync(join(to, name), identity.uid, identity.gid)
  }
}

function launch(data: string, port: number, primary: string): ChildProcess {
  const identity = serverIdentity()
  const own = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', `primary_conninfo=${primary}`]
  const options = [...own, ...settings, patience].flatMap((setting) => ['-c', setting])
  return spawn(serverPrograms(identity).postgres, ['-D', data, ...options], { ...identity, cwd: '/', stdio: 'ignore' })
}

const answers = async (connectionString: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString })
  try {
    await client.connect()
    return (await client.query('select pg_is_in_recovery() as is_replica')).rows[0].is_replica
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
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
