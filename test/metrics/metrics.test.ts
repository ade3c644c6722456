import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { makePool } from '../../src/db/pool.ts'
import { startWorker } from '../../src/worker/worker.ts'
import { copyDatabase, type DatabaseCopy } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { testMetrics } from '../support/running.ts'
import { byLabel, samplesOf, totalOf } from '../support/samples.ts'
import { asCustomer, example, oneTruck, request, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const service = await startService(db)
const broken = await copyDatabase()
const brokenService = await startService(broken)

type Measured = { metrics: ReturnType<typeof testMetrics> }
const read = async ({ metrics }: Measured) => samplesOf(await metrics.register.metrics())

const none = { created: 0, replayed: 0, active_order: 0, limited: 0, invalid: 0, key_reused: 0, failed: 0 }
const creates = async (of: Measured) => byLabel(await read(of), 'weelo_creates_total', 'outcome')

describe('creates by outcome', () => {
  const counts = async (work: () => Promise<number>, of: Measured = service) => {
    const before = await creates(of)
    const status = await work()
    const after = Object.entries(await creates(of))
    return [status, Object.fromEntries(after.map(([outcome, count]) => [outcome, count - (before[outcome] ?? 0)]))]
  }

  it('are all there from the start, at nought', async () => {
    expect(await creates({ metrics: testMetrics() })).toEqual(none)
  })

  it.each(['/orders', '/bookings/orders'])('count each request once, by what was decided: %s', async (path) => {
    const customer = await asCustomer(service.url)
    const post =
      (body: unknown = oneTruck, key = 'k') =>
      async () =>
        (await customer.post(path, body, { 'x-idempotency-key': key })).status
    expect(await counts(post())).toEqual([201, { ...none, created: 1 }])
    expect(await counts(post())).toEqual([200, { ...none, replayed: 1 }])
    expect(await counts(post(oneTruck, 'another'))).toEqual([409, { ...none, active_order: 1 }])
    expect(await counts(post(example('create-one-stop')))).toEqual([409, { ...none, key_reused: 1 }])
    expect(await counts(post('{"pickup":'))).toEqual([400, { ...none, invalid: 1 }])
    expect(await counts(post({}))).toEqual([400, { ...none, invalid: 1 }])
    expect(await counts(post(oneTruck, 'k'.repeat(256)))).toEqual([400, { ...none, invalid: 1 }])
  })

  it('count what the limit of a minute refused', async () => {
    const customer = await asCustomer(service.url)
    for (let i = 0; i < 10; i++) await customer.cancel((await customer.create()).body.data.order.id)
    expect(await counts(async () => (await customer.create()).status)).toEqual([429, { ...none, limited: 1 }])
  })

  it('count as failed what was not the customer’s doing', async () => {
    await broken.owner.query('alter function rest.create_order rename to gone')
    const customer = await asCustomer(brokenService.url)
    const failing = () => counts(async () => (await customer.create()).status, brokenService)
    expect(await failing()).toEqual([500, { ...none, failed: 1 }])
    const away = await startService({ restUrl: 'postgresql://weelo_rest:x@127.0.0.1:1/nothing' })
    const { create } = await asCustomer(away.url)
    expect(await counts(async () => (await create()).status, away)).toEqual([503, { ...none, failed: 1 }])
  })

  it('do not count what was refused at the door: no token, another role, a body too large, whole or in pieces', async () => {
    const { token } = await asCustomer(service.url)
    const pieces = new ReadableStream({
      pull(stream) {
        stream.enqueue(new Uint8Array(40_000))
        if ((stream.desiredSize ?? 0) < -2) stream.close()
      },
    })
    const send = (init: RequestInit) => async () =>
      (await fetch(`${service.url}/api/v1/orders`, { method: 'POST', ...init })).status
    const authorization = `Bearer ${token}`
    expect(await counts(send({ body: oneTruck }))).toEqual([401, none])
    expect(await counts(send({ body: 'x'.repeat(70_000), headers: { authorization } }))).toEqual([413, none])
    const inPieces = { body: pieces, headers: { authorization }, duplex: 'half' } as RequestInit
    expect(await counts(send(inPieces))).toEqual([413, none])
  })
})

describe('requests', () => {
  const counted = async (labels: Record<string, string>) =>
    totalOf(await read(service), 'weelo_http_request_duration_seconds_count', labels) ?? 0

  it('are counted and timed by the pattern of their route, method and status', async () => {
    const customer = await asCustomer(service.url)
    const labels = { listener: 'public', method: 'GET', route: '/api/v1/orders/:orderId/status', status: '404' }
    for (let i = 1; i <= 3; i++) {
      await customer.get(`/orders/${newId()}/status`)
      expect(await counted(labels)).toBe(i)
    }
    const seconds = totalOf(await read(service), 'weelo_http_request_duration_seconds_sum', labels)
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThan(3)
  })

  it('take their time in seconds, not milliseconds', async () => {
    const metrics = testMetrics()
    metrics.request('public')({ method: 'GET', route: '/x', status: 200, durationMs: 250 })
    const samples = await read({ metrics })
    expect(totalOf(samples, 'weelo_http_request_duration_seconds_sum')).toBe(0.25)
    expect(totalOf(samples, 'weelo_http_request_duration_seconds_bucket', { le: '0.1' })).toBe(0)
    expect(totalOf(samples, 'weelo_http_request_duration_seconds_bucket', { le: '0.25' })).toBe(1)
  })

  it('make no series of what anybody may invent: an id, an address, a method', async () => {
    const customer = await asCustomer(service.url)
    const id = newId()
    for (const path of [`/api/v1/orders/${id}`, `/api/v1/orders/${id}/x`, '/nothing', `/${id}?phone=9876543210`])
      for (const method of ['GET', 'PURGE', 'LINK']) await customer.send(method, path)
    await request(service.url, 'PROPFIND', '/livez')
    const samples = (await read(service)).filter(({ name }) => name === 'weelo_http_request_duration_seconds_count')
    const of = (label: string) => [...new Set(samples.map(({ labels }) => labels[label] ?? ''))]
    expect(of('method').filter((method) => !['GET', 'POST', 'other'].includes(method))).toEqual([])
    expect(of('method')).toContain('other')
    expect(of('route').filter((route) => !/^(other|(\/(v1|:?[a-z][A-Za-z-]*))+)$/.test(route))).toEqual([])
    expect(of('route')).toContain('other')
  })
})

describe('sweeps', () => {
  async function sweptOn(copy: DatabaseCopy) {
    const metrics = testMetrics()
    const pool = makePool(copy.ownerUrl, 4, () => {})
    const runner = await startWorker(pool, pino({ level: 'silent' }), metrics)
    const stop = async () => {
      await runner.stop()
      await pool.end()
    }
    const ended = async (outcome: string) =>
      totalOf(await read({ metrics }), 'weelo_sweep_duration_seconds_count', { outcome }) ?? 0
    return { metrics, ended, stop }
  }

  it('are timed, and what they closed is counted', async () => {
    for (let i = 0; i < 3; i++) await make.order(db.owner, { dueIn: '-1 s' })
    const { metrics, ended, stop } = await sweptOn(db)
    await until(async () => (await ended('done')) > 0, 'a sweep has ended')
    await stop()
    const samples = await read({ metrics })
    expect(totalOf(samples, 'weelo_sweep_closed_orders_total')).toBe(3)
    expect(totalOf(samples, 'weelo_sweep_duration_seconds_sum', { outcome: 'done' })).toBeGreaterThan(0)
    expect(await ended('failed')).toBe(0)
  })

  it('that fail are counted as failed, with the batches that they had committed', async () => {
    for (let i = 0; i < 2; i++) await make.order(broken.owner, { dueIn: '-1 s' })
    await broken.owner.query(
      `alter function api.expire_due_orders rename to expire_some;
       create function api.expire_due_orders(p_limit integer) returns integer language plpgsql as $$
       begin
         if not exists (select from app.orders where is_open and expires_at < now()) then raise 'no more'; end if;
         return api.expire_some(p_limit);
       end $$`,
    )
    const { metrics, ended, stop } = await sweptOn(broken)
    await until(async () => (await ended('failed')) > 0, 'a sweep has failed')
    await stop()
    expect(await ended('done')).toBe(0)
    expect(totalOf(await read({ metrics }), 'weelo_sweep_closed_orders_total')).toBe(2)
  })

  it('are there from the start, at nought, so that the first failure is an increase', async () => {
    const samples = await read({ metrics: testMetrics() })
    for (const outcome of ['done', 'failed'])
      expect(totalOf(samples, 'weelo_sweep_duration_seconds_count', { outcome })).toBe(0)
  })
})
