// The real program over HTTP: what the customer app does, and what a supervisor does to the process.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { isReachable, serverIdentity } from '../../src/db/embedded-programs.ts'
import { copyDatabase, one } from '../support/database.ts'
import { emptyDatabase } from '../support/empty-database.ts'
import { openStream, phoneOf } from '../support/listening.ts'
import { make, newId } from '../support/make.ts'
import {
  failedStart,
  familyOf,
  isAlive,
  type Program,
  postmasterOf,
  project,
  startProgram,
  temporaryFolder,
  userOf,
} from '../support/program.ts'
import { crowd, isFull, range, scaled } from '../support/scale.ts'
import { asCustomer, example, oneTruck, request } from '../support/service.ts'
import { until } from '../support/until.ts'

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}

// A copy belongs to the file, so it is made while the file is being read.
const workerCopy = await copyDatabase()

const setWindow = (url: string, window: string) => ask(url, 'update app.settings set search_window = $1', [window])

describe.each(scaled({ full: ['all', 'api'], small: ['all'] }))('with ROLE=%s on an empty database', async (role) => {
  const databaseUrl = await emptyDatabase()
  const commit = 'a'.repeat(40)
  let program: Program

  it('comes up, and logs its URLs', async () => {
    program = await startProgram({ DATABASE_URL: databaseUrl, ROLE: role, COMMIT_SHA: commit })
    expect(program.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(program.adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await ask(databaseUrl, 'update app.settings set creates_per_minute = 1000')
  })

  it('answers on both listeners, and every answer names the commit', async () => {
    for (const url of [program.url, program.adminUrl])
      for (const path of ['/livez', '/readyz', '/health', '/version']) {
        const { status, text } = await request(url, 'GET', path)
        expect([path, status, JSON.parse(text).commit]).toEqual([path, 200, commit])
      }
    const description = JSON.parse((await request(program.url, 'GET', '/openapi.json')).text)
    expect(description.info.version).toBe(commit)
    expect(Object.keys(description.paths)).toContain('/api/v1/orders')
  })

  it('create, cancel, create again: it succeeds every time, and can do so within 100 ms', async () => {
    const customer = await asCustomer(program.url)
    const durations: number[] = []
    for (const _ of range(10)) {
      const first = await customer.create(oneTruck, newId())
      expect(first.status).toBe(201)
      const startedAt = performance.now()
      expect((await customer.cancel(first.body.data.order.id)).status).toBe(200)
      const second = await customer.create(oneTruck, newId())
      durations.push(performance.now() - startedAt)
      expect(second.status).toBe(201)
      await customer.cancel(second.body.data.order.id)
    }
    expect(Math.min(...durations)).toBeLessThan(100)
  })

  it('create, wait for the window to end, create again: it succeeds, and the old order reads expired from that instant', async () => {
    await setWindow(databaseUrl, '1 s')
    const customer = await asCustomer(program.url)
    const first = await customer.create(oneTruck, newId())
    const { id } = first.body.data.order
    const end = Date.parse(String(first.body.data.order.expiresAt))
    expect((await customer.create(oneTruck, newId())).status).toBe(409)
    const seen: { status: string; isActive: boolean; at: number }[] = []
    await until(async () => {
      const { data } = (await customer.get(`/orders/${id}/status`)).body
      seen.push({ status: data.status, isActive: data.isActive, at: Number(data.serverTimeMs) })
      return data.status === 'expired'
    }, 'the order has expired')
    const last = seen.at(-1)
    const before = seen.slice(0, -1)
    expect(before.length).toBeGreaterThan(0)
    for (const answer of before) expect(answer).toMatchObject({ status: 'active', isActive: true })
    // Each answer carries the database's time just after it was decided; none that began after the end may be late.
    for (const answer of before.slice(0, -1)) expect(answer.at).toBeLessThanOrEqual(end)
    expect(last?.at).toBeGreaterThanOrEqual(end)
    expect((await customer.get('/orders/check-active')).body.data).toEqual({ hasActiveOrder: false })
    const again = await customer.create(oneTruck, newId())
    expect(again.status).toBe(201)
    expect((await customer.get(`/orders/${id}/status`)).body.data.status).toBe('expired')
    await setWindow(databaseUrl, '60 s')
  })

  it('accepts every body of the app, byte for byte, and its queued replays', async () => {
    const names = readdirSync(join(project, 'test/contract/examples'))
      .map((file) => file.replace('.json', ''))
      .filter((name) => !name.startsWith('create-queued'))
    expect(names.length).toBeGreaterThanOrEqual(7)
    for (const name of names) {
      const customer = await asCustomer(program.url)
      const key = newId()
      const first = await customer.create(example(name), key)
      expect([name, first.status]).toEqual([name, 201])
      const replays = [
        example(name),
        queued(example(name)),
        ...(name === 'create-one-truck' ? [example('create-queued-replay-of-one-truck')] : []),
      ]
      for (const body of replays) {
        const replay = await customer.create(body, key)
        expect([name, replay.status, replay.body.data?.order.id]).toEqual([name, 200, first.body.data.order.id])
      }
      const orders = await ask(databaseUrl, 'select from app.orders where customer_id = $1', [customer.id])
      expect(orders).toHaveLength(1)
    }
  })

  it('ends with exit code 0 at SIGTERM, also while phones and streams listen, which learn of it at once', async () => {
    const customer = await asCustomer(program.url)
    const { id } = (await customer.create()).body.data.order
    const phone = await phoneOf(program.url, customer.token, { reconnection: false })
    const stream = await openStream(program.url, `/orders/${id}/events`, customer.token)
    await stream.hears('booking_updated')
    const { code, durationMs } = await program.end('SIGTERM')
    await stream.ends()
    await until(async () => !phone.socket.connected, 'the phone learns of it')
    expect(code).toBe(0)
    expect(durationMs).toBeLessThan(2_500) // what an unfinished request would be given
    expect(program.lines().at(-1)?.msg).toBe('stopped')
    expect(
      await ask(
        databaseUrl,
        "select 1 from pg_stat_activity where application_name = 'weelo-order-service' and datname = current_database()",
      ),
    ).toEqual([])
  })
})

/** The phone's queue writes the same order with routePoints first. */
function queued(body: string): string {
  const { routePoints, ...order } = JSON.parse(body)
  const twoPoints = [
    { type: 'PICKUP', ...order.pickup },
    { type: 'DROP', ...order.drop },
  ]
  return JSON.stringify({ routePoints: routePoints ?? twoPoints, ...order })
}

describe('on one database', () => {
  it.runIf(isFull)('two programs started at once on an empty one both come up', async () => {
    const databaseUrl = await emptyDatabase()
    const [first, second] = await Promise.all([
      startProgram({ DATABASE_URL: databaseUrl, COMMIT_SHA: 'abc' }),
      startProgram({ DATABASE_URL: databaseUrl, COMMIT_SHA: 'def' }),
    ])
    const customer = await asCustomer(first.url)
    expect((await customer.create(oneTruck)).status).toBe(201)
    expect((await (await asCustomer(second.url, customer.id)).create(oneTruck)).status).toBe(409)
    expect(JSON.parse((await request(second.url, 'GET', '/version')).text).commit).toBe('def')
    const ends = await Promise.all([first.end('SIGTERM'), second.end('SIGINT')])
    expect(ends.map((exit) => exit.code)).toEqual([0, 0])
  })

  it('a worker alone sweeps at once: a due order becomes expired in the table, and the log says so', async () => {
    const db = workerCopy
    const due = await make.order(db.owner, { dueIn: '-1 s' })
    const program = await startProgram({ DATABASE_URL: db.ownerUrl, ROLE: 'worker' })
    await until(
      async () => (await one(db.owner, 'select status from app.orders where id = $1', [due.id])).status === 'expired',
      'the order is expired in the table',
    )
    await until(async () => program.lines().some((line) => line.tag === 'CleanupJob'), 'a CleanupJob line')
    expect(program.lines().find((line) => line.tag === 'CleanupJob')).toMatchObject({ closed: 1 })
    expect(program.url).toBe('')
    expect((await request(program.adminUrl, 'GET', '/readyz')).status).toBe(200)
    expect((await program.end('SIGTERM')).code).toBe(0)
  })

  it('a program killed amid creates leaves no order without its truck requests and its event', async () => {
    const databaseUrl = await emptyDatabase()
    const program = await startProgram({ DATABASE_URL: databaseUrl, ROLE: 'api' })
    await ask(databaseUrl, 'update app.settings set creates_per_minute = 1000000')
    const enough = scaled({ full: 3_000, small: 300 })
    let created = 0
    let killed: Promise<unknown> | undefined
    await crowd(range(8), 8, async () => {
      while (killed === undefined) {
        const customer = await asCustomer(program.url)
        const answer = await customer.create(example('create-twenty-trucks')).catch(() => undefined)
        if (answer?.status === 201) created++
        if (created >= enough) killed ??= program.end('SIGKILL')
      }
    })
    await killed
    const sessions =
      "select from pg_stat_activity where application_name = 'weelo-order-service' and datname = current_database()"
    await until(async () => (await ask(databaseUrl, sessions)).length === 0, 'its sessions are gone')
    const [row] = await ask(
      databaseUrl,
      `select count(*)::integer as orders,
         count(*) filter (where trucks_requested <> (select count(*) from app.truck_requests t where (t.customer_id, t.order_id) = (o.customer_id, o.id)))::integer as without_trucks,
         count(*) filter (where 1 <> (select count(*) from app.order_events e where (e.customer_id, e.order_id) = (o.customer_id, o.id)))::integer as without_event
       from app.orders o`,
    )
    expect(row).toMatchObject({ without_trucks: 0, without_event: 0 })
    expect(Number(row?.orders)).toBeGreaterThanOrEqual(created)
  })
})

describe('with its own PostgreSQL', () => {
  it.each(scaled({ full: ['SIGTERM', 'SIGINT'] as const, small: ['SIGTERM'] as const }))(
    'ends at %s with exit code 0 and leaves no process',
    async (signal) => {
      const dataDir = temporaryFolder()
      const program = await startProgram({ DATA_DIR: dataDir })
      const family = familyOf(program.pid)
      expect(family).toContain(postmasterOf(dataDir))
      const { code, durationMs } = await program.end(signal)
      expect(code).toBe(0)
      expect(durationMs).toBeLessThan(10_000)
      expect(family.filter(isAlive)).toEqual([])
    },
  )

  it('leaves no process behind when it is killed, and the next start finds the data', async () => {
    const dataDir = temporaryFolder()
    const killed = await startProgram({ DATA_DIR: dataDir })
    const customer = await asCustomer(killed.url)
    const { id } = (await customer.create(oneTruck)).body.data.order
    const family = familyOf(killed.pid)
    const server = postmasterOf(dataDir)
    expect(family).toContain(server)
    await killed.end('SIGKILL')
    const next = await startProgram({ DATA_DIR: dataDir })
    await until(async () => family.every((pid) => !isAlive(pid)), 'the killed program’s processes are gone')
    const again = await asCustomer(next.url, customer.id)
    expect((await again.get(`/orders/${id}`)).body.data.order).toMatchObject({ id, status: 'active' })
    expect((await again.create(oneTruck)).status).toBe(409)
    expect((await next.end('SIGTERM')).code).toBe(0)
  })

  it.runIf(isFull)(
    'a second program on its folder, and one on its port, say so in one message and exit with 1',
    async () => {
      const dataDir = temporaryFolder()
      const program = await startProgram({ DATA_DIR: dataDir })
      const elsewhere = temporaryFolder()
      const { port } = new URL(program.url)
      const [sameFolder, samePort] = await Promise.all([
        failedStart({ DATA_DIR: dataDir }),
        failedStart({ DATA_DIR: elsewhere, PORT: port }),
      ])
      expect(sameFolder.code).toBe(1)
      expect(sameFolder.stderr).toContain('set DATA_DIR')
      expect(sameFolder.stderr).toContain(dataDir)
      expect(samePort.code).toBe(1)
      expect(samePort.stderr.trim()).toBe(
        `Port ${port} is taken by another program. Stop it, or set PORT to another port.`,
      )
      for (const { stderr } of [sameFolder, samePort]) expect(stderr).not.toMatch(/^\s+at /m)
      await until(async () => !isServerLeft(elsewhere), 'the server of the one that gave up is gone')
      expect((await request(program.url, 'GET', '/readyz')).status).toBe(200)
      expect((await program.end('SIGTERM')).code).toBe(0)
    },
  )

  const nobody = serverIdentity()
  it.runIf(isFull && nobody && isReachable(project, nobody.uid))(
    'runs as an ordinary user too, in a home of its own',
    async () => {
      const home = temporaryFolder(nobody)
      const program = await startProgram(
        { HOME: home, DATA_DIR: join(home, 'data'), COMMIT_SHA: 'abc' },
        { uid: nobody?.uid, gid: nobody?.gid },
      )
      expect(userOf(program.pid)).toBe(nobody?.uid)
      expect(userOf(postmasterOf(join(home, 'data')))).toBe(nobody?.uid)
      const customer = await asCustomer(program.url)
      expect((await customer.create(oneTruck)).status).toBe(201)
      expect((await program.end('SIGTERM')).code).toBe(0)
    },
  )
})

function isServerLeft(dataDir: string): boolean {
  try {
    return isAlive(postmasterOf(dataDir))
  } catch {
    return false
  }
}
