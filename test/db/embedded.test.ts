import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/db/embedded.ts'
import { familyOf, isAlive, postmasterOf, project, temporaryFolder } from '../support/program.ts'
import { until } from '../support/until.ts'

const servers: EmbeddedPostgres[] = []
const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(servers.map((server) => server.stop()))
})

async function start(folder: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(folder, ['fsync=off'])
  servers.push(server)
  return server
}

const refusedStart = (folder: string): Promise<Error | undefined> =>
  startEmbeddedPostgres(folder).then(
    () => undefined,
    (refusal: Error) => refusal,
  )

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row | undefined> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows[0]
  } finally {
    await client.end()
  }
}

const withUrl = (url: string, change: (url: URL) => void): string => {
  const other = new URL(url)
  change(other)
  return other.href
}

const refusalOf = (url: string): Promise<string | undefined> =>
  ask(url, 'select 1').then(
    () => undefined,
    (error: pg.DatabaseError) => error.code,
  )

describe('the embedded server', async () => {
  const folder = temporaryFolder()
  const server = await start(folder)
  // It gives up after ten seconds, so it begins before the other tests.
  const second = refusedStart(folder)

  it('listens on a free port of the loopback interface only', async () => {
    expect(server.port).toBeGreaterThan(1023)
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    expect(await ask(server.url, 'show listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' })
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)?.address
    if (outside !== undefined)
      expect(
        await refusalOf(
          withUrl(server.url, (url) => {
            url.hostname = outside
          }),
        ),
      ).toBe('ECONNREFUSED')
  })

  it('refuses a wrong password and none, also to its superuser', async () => {
    for (const url of [server.url, server.superuserUrl])
      expect(
        await refusalOf(
          withUrl(url, (u) => {
            u.password = 'wrong'
          }),
        ),
      ).toBe('28P01')
    expect(await ask(server.superuserUrl, 'show password_encryption')).toEqual({ password_encryption: 'scram-sha-256' })
    expect(
      await ask(
        server.superuserUrl,
        "select count(*)::integer as lax from pg_hba_file_rules where auth_method <> 'scram-sha-256'",
      ),
    ).toEqual({ lax: 0 })
  })

  it('gives its database to an owner who is no superuser', async () => {
    expect(
      await ask(
        server.url,
        `select current_database(), pg_get_userbyid(d.datdba) as owner, r.rolsuper, r.rolbypassrls, r.rolreplication
         from pg_database d, pg_roles r where d.datname = current_database() and r.rolname = session_user`,
      ),
    ).toEqual({
      current_database: 'weelo',
      owner: 'weelo',
      rolsuper: false,
      rolbypassrls: false,
      rolreplication: false,
    })
  })

  it('keeps its passwords where only we can read them', () => {
    expect(statSync(server.passwordFile).mode & 0o077).toBe(0)
    expect(readFileSync(server.passwordFile, 'utf8')).toContain(new URL(server.url).password)
    expect(existsSync(join(folder, 'postgres.password'))).toBe(false)
  })

  it('refuses a second server on its folder, and says what to do', async () => {
    const error = await second
    expect(error?.message).toContain(join(folder, 'postgres'))
    expect(error?.message).toContain('stop it, or set DATA_DIR')
    expect(await ask(server.url, 'select 1 as ok')).toEqual({ ok: 1 })
  })
})

describe('stopping and starting', () => {
  it('leaves no process, and the next start finds the data under the same passwords', async () => {
    const folder = temporaryFolder()
    const first = await start(folder)
    await ask(first.url, 'create table kept as select 42 as answer')
    const family = familyOf(process.pid)
    const postmaster = postmasterOf(folder)
    expect(family).toContain(postmaster)
    await first.stop()
    expect(isAlive(postmaster)).toBe(false)
    const second = await start(folder)
    expect(await ask(second.url, 'select answer from kept')).toEqual({ answer: 42 })
    expect(new URL(second.url).password).toBe(new URL(first.url).password)
    await second.stop()
    await second.stop()
  })

  it('a process that is killed leaves no server behind, and no data is lost', async () => {
    const folder = temporaryFolder()
    const module = JSON.stringify(join(project, 'src/db/embedded.ts'))
    const script = `const { startEmbeddedPostgres } = await import(${module})
      console.log((await startEmbeddedPostgres(${JSON.stringify(folder)})).url)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [url] = await once(child.stdout, 'data')
    await ask(String(url).trim(), 'create table kept as select 42 as answer')
    const family = familyOf(child.pid ?? 0)
    expect(family).toContain(postmasterOf(folder))
    child.kill('SIGKILL')
    const next = await start(folder)
    expect(await ask(next.url, 'select answer from kept')).toEqual({ answer: 42 })
    await until(async () => family.every((pid) => !isAlive(pid)), 'every process of the killed one is gone')
    await next.stop()
  })

  it('replaces a data folder that an earlier start left half made', async () => {
    const folder = temporaryFolder()
    const unfinished = join(folder, 'postgres.unfinished')
    mkdirSync(unfinished)
    writeFileSync(join(unfinished, 'PG_VERSION'), '18\n')
    const server = await start(folder)
    expect(await ask(server.url, 'select 1 as ok')).toEqual({ ok: 1 })
    expect(existsSync(unfinished)).toBe(false)
    await server.stop()
  })

  it('two servers in two folders take two ports', async () => {
    const both = await Promise.all([start(temporaryFolder()), start(temporaryFolder())])
    expect(new Set(both.map((server) => server.port)).size).toBe(2)
    await Promise.all(both.map((server) => server.stop()))
  })

  it('says what is wrong with a data folder that it cannot use', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'postgres'))
    const error = await refusedStart(folder)
    expect(error?.message).toContain(`PostgreSQL did not start in ${join(folder, 'postgres')}`)
  })
})
