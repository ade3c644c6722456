// The real program: what it prints for admins, what it loads, and how it lives with a database that comes and goes.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { asAdmin, postGraphql } from '../support/admin.ts'
import { copyDatabase } from '../support/database.ts'
import { greetingOf } from '../support/greeting.ts'
import { make } from '../support/make.ts'
import { startProgram } from '../support/program.ts'
import { range } from '../support/scale.ts'
import { request } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const question = '{ settings { createsPerMinute } }'

/** Says on stderr when PostGraphile is loaded. */
const watchImports = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `import { registerHooks } from 'node:module'
     registerHooks({ load: (url, context, next) => {
       if (/node_modules.(postgraphile|grafast|graphql)\\W/.test(url)) console.error('loads ' + url)
       return next(url, context)
     } })`,
  )}`,
}
const loaded = ({ output }: { output: { stderr: string } }) => output.stderr.includes('loads file:')

/** Where the database seems to be. Nothing listens there until `open`, nor after `close`. */
async function makeRoad(to: string) {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  const listenOn = async (at: number): Promise<Server> => {
    const server = createServer((from) => {
      const onward = connect(Number(port), hostname)
      for (const socket of [from, onward]) {
        sockets.add(socket)
        socket.on('error', () => {}).on('close', () => sockets.delete(socket))
      }
      from.pipe(onward).pipe(from)
    })
    await once(server.listen(at, '127.0.0.1'), 'listening')
    return server
  }
  let server = await listenOn(0)
  const { port: own } = server.address() as { port: number }
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await close()
  const url = new URL(to)
  url.port = String(own)
  const open = async () => {
    server = await listenOn(own)
  }
  afterAll(() => (server.listening ? close() : undefined))
  return { url: url.href, open, close }
}

describe('npm start', () => {
  it('prints an admin’s token and a link, which let a browser in and query at once', async () => {
    const program = await startProgram({ DATABASE_URL: db.ownerUrl, ...watchImports })
    const { adminLink } = await greetingOf(program)
    expect(adminLink).toMatch(new RegExp(`^${program.adminUrl}/\\?token=[\\w-]+\\.[\\w-]+\\.[\\w-]+$`))
    const { pathname, search } = new URL(adminLink)
    const entered = await request(program.adminUrl, 'GET', pathname + search)
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/'])
    const cookie = String(entered.headers.get('set-cookie')).split(';')[0] ?? ''
    const page = await request(program.adminUrl, 'GET', '/', undefined, { cookie })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])

    const order = await make.order(db.owner)
    const token = search.replace('?token=', '')
    expect(program.output.stdout.split(token).length).toBeGreaterThan(2) // by itself, too
    const ways: Record<string, string>[] = [{ cookie }, { authorization: `Bearer ${token}` }]
    for (const headers of ways) {
      const body = JSON.stringify({ query: `{ order(id: "${order.id}") { status } }` })
      const { data } = await postGraphql(program.adminUrl, body, { 'content-type': 'application/json', ...headers })
      expect(data.order.status).toBe('active')
    }
    expect(loaded(program)).toBe(true)
    expect((await program.end('SIGTERM')).code).toBe(0)
    expect(program.output.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('loads '))).toEqual([])
  })
})

describe('ROLE=api', () => {
  it('has health on its admin listener, but no GraphQL, and never loads it', async () => {
    const program = await startProgram({ DATABASE_URL: db.ownerUrl, ROLE: 'api', ...watchImports })
    const { token } = await asAdmin(program.adminUrl)
    for (const [method, path] of [
      ['POST', '/graphql'],
      ['GET', '/'],
      ['GET', `/?token=${token}`],
      ['GET', '/ruru-static/ruru.js'],
    ] as const) {
      const body = method === 'POST' ? JSON.stringify({ query: question }) : undefined
      const answer = await request(program.adminUrl, method, path, body, { authorization: `Bearer ${token}` })
      expect([path, answer.status, answer.headers.get('set-cookie')]).toEqual([path, 404, null])
    }
    expect((await request(program.adminUrl, 'GET', '/readyz')).status).toBe(200)
    expect(program.output.stdout).not.toContain('?token=')
    expect((await program.end('SIGTERM')).code).toBe(0)
    expect(loaded(program)).toBe(false)
  })
})

describe('a database that comes and goes', async () => {
  const road = await makeRoad(db.adminUrl)
  const program = await startProgram({ NODE_ENV: 'production', ROLE: 'admin', ADMIN_DATABASE_URL: road.url })
  const admin = await asAdmin(program.adminUrl)
  const isAnswered = async () => (await admin.query(question)).status === 200

  it('is not there at the start: the process starts all the same and says so, on every door', async () => {
    const { status, headers, errors } = await admin.query(question)
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('The database does not answer, so nothing was read or changed'),
      extensions: { code: 'SERVICE_UNAVAILABLE', rule: 'database_answers' },
    })
    const authorization = `Bearer ${admin.token}`
    const page = await request(program.adminUrl, 'GET', '/', undefined, { authorization, accept: 'text/html' })
    expect([page.status, page.text]).toEqual([503, expect.stringContaining('The database does not answer')])
    expect((await request(program.adminUrl, 'GET', '/livez')).status).toBe(200)
    expect((await request(program.adminUrl, 'GET', '/readyz')).status).toBe(503)
    expect((await postGraphql(program.adminUrl, '{}', {})).status).toBe(401) // the door comes first
  })

  it('is there later: GraphQL answers without a restart', async () => {
    await road.open()
    const { status, data } = await admin.query(question)
    expect([status, data.settings.createsPerMinute]).toEqual([200, 10])
    expect((await request(program.adminUrl, 'GET', '/readyz')).status).toBe(200)
  })

  it('goes and comes again: 503-like errors meanwhile, and answers afterwards', async () => {
    await road.close()
    const { data, errors } = await admin.query(question)
    expect([data, errors[0]?.extensions.code]).toEqual([null, 'SERVICE_UNAVAILABLE'])
    expect(errors[0]?.message).toContain('The database did not answer')
    await road.open()
    await until(isAnswered, 'GraphQL answers again')
  })

  it('ends every session, busy and idle: the one who waits is told, and the process goes on', async () => {
    await db.owner.query(
      `create or replace function api.order_counts(p_created_from timestamptz default statement_timestamp() - interval '1 day', p_created_before timestamptz default 'infinity')
       returns table (status text, order_count integer) language plpgsql stable security definer set search_path = '' as $$ begin perform pg_sleep(60); end $$`,
    )
    const killer = new pg.Client({ connectionString: db.adminUrl }) // a login may end its own sessions
    await killer.connect()
    const sessions =
      'from pg_stat_activity where usename = current_user and datname = current_database() and pid <> pg_backend_pid()'
    await Promise.all(range(4).map(() => admin.query(question)))
    const waiting = admin.query('{ orderCounts { status } }')
    await until(
      async () => ((await killer.query(`select ${sessions} and wait_event = 'PgSleep'`)).rowCount ?? 0) > 0,
      'it sleeps',
    )
    const ended = await killer.query<{ ended: boolean }>(`select pg_terminate_backend(pid) as ended ${sessions}`)
    await killer.end()
    expect(ended.rows.length).toBeGreaterThan(1)
    expect((await waiting).errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE')
    const allAnswered = async () => {
      const answers = await Promise.all(range(8).map(() => admin.query(question)))
      return answers.every(({ data }) => data?.settings?.createsPerMinute === 10)
    }
    await until(allAnswered, 'GraphQL answers everybody again')
  })

  it('has not stopped the process from ending well, nor was a token printed', async () => {
    expect((await program.end('SIGTERM')).code).toBe(0)
    expect(program.output.stdout).not.toContain('token')
    expect(program.output.stdout).not.toContain(new URL(road.url).password)
    expect(program.output.stderr).toBe('')
  })
})

it('rights that are missing at the start are no end either: GraphQL works once they are given', async () => {
  const later = await copyDatabase()
  await later.owner.query('revoke usage on schema api from weelo_admin')
  const program = await startProgram({ NODE_ENV: 'production', ROLE: 'admin', ADMIN_DATABASE_URL: later.adminUrl })
  const admin = await asAdmin(program.adminUrl)
  const refused = await admin.query(question)
  expect(refused.status).toBe(503)
  expect(refused.errors[0]?.message).toContain('An operator runs npm run migrate')
  await later.owner.query('grant usage on schema api to weelo_admin')
  expect((await admin.query(question)).data.settings.createsPerMinute).toBe(10)
  expect((await program.end('SIGTERM')).code).toBe(0)
})
