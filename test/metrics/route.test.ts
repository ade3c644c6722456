// The real program in every role: its /metrics, where Prometheus asks for it and nobody else can.
import { describe, expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { openStream } from '../support/listening.ts'
import { startProgram } from '../support/program.ts'
import { byLabel, type Sample, samplesOf, totalOf } from '../support/samples.ts'
import { isFull } from '../support/scale.ts'
import { asCustomer, request } from '../support/service.ts'
import { until } from '../support/until.ts'

const everywhere = [
  'weelo_http_request_duration_seconds_bucket',
  'weelo_http_request_duration_seconds_count',
  'weelo_http_request_duration_seconds_sum',
  'weelo_creates_total',
  'weelo_orders',
  'weelo_sweep_duration_seconds_bucket',
  'weelo_sweep_duration_seconds_count',
  'weelo_sweep_duration_seconds_sum',
  'weelo_sweep_closed_orders_total',
  'weelo_sweep_late',
  'weelo_oldest_due_seconds',
  'weelo_oldest_transaction_seconds',
  'weelo_database_info',
  'weelo_database_up',
  'weelo_ready',
  'weelo_database_sessions',
  'weelo_database_waiting',
  'weelo_info',
]
/** Where prom-client finds /proc. */
const onLinux = process.platform === 'linux' ? ['process_open_fds'] : []
const live = ['weelo_live_listeners', 'weelo_live_subscriptions']

const roles = {
  all: { pools: ['rest', 'live', 'admin', 'worker', 'health'], more: live },
  api: { pools: ['rest', 'live', 'health'], more: live },
  admin: { pools: ['admin', 'health'], more: [] },
  worker: { pools: ['worker', 'health'], more: [] },
}

const tried = Object.entries(roles).filter(([role]) => isFull || role === 'all' || role === 'worker')

describe.each(tried)('ROLE=%s', async (role, { pools, more }) => {
  const { ownerUrl } = await copyDatabase()
  const program = await startProgram({ DATABASE_URL: ownerUrl, ROLE: role, COMMIT_SHA: 'abc' })
  const scrape = () => request(program.adminUrl, 'GET', '/metrics')
  const read = async () => samplesOf((await scrape()).text)
  const names = (samples: Sample[]) => [...new Set(samples.map(({ name }) => name))]

  it('tells everything on the admin listener, in Prometheus’ format, without a token', async () => {
    await scrape() // counts itself
    const { status, headers, text } = await scrape()
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    const samples = samplesOf(text)
    const ours = names(samples).filter((name) => name.startsWith('weelo_'))
    expect(ours.toSorted()).toEqual([...everywhere, ...more].toSorted())
    expect(names(samples)).toEqual(
      expect.arrayContaining(['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes', ...onLinux]),
    )
    expect(text.match(/^# HELP weelo_/gm)).toHaveLength(text.match(/^# TYPE weelo_/gm)?.length ?? 0)
  })

  it('says what runs here, and has one figure of each pool that this role opens', async () => {
    const samples = await read()
    expect(samples.find(({ name }) => name === 'weelo_info')?.labels).toMatchObject({ role, commit: 'abc' })
    expect(Object.keys(byLabel(samples, 'weelo_database_waiting', 'pool')).toSorted()).toEqual(pools.toSorted())
    expect(totalOf(samples, 'weelo_database_up')).toBe(1)
  })

  it.runIf(pools.includes('rest'))(
    'has opened all sessions of its requests before the first of them came',
    async () => {
      const of = (state: string) => totalOf(samples, 'weelo_database_sessions', { pool: 'rest', state })
      const samples = await read()
      expect([of('idle'), of('in_use')]).toEqual([of('most'), 0])
    },
  )

  it.runIf(more.length > 0)(
    'counts what the public listener answers and who listens, and does not tell it there',
    async () => {
      const customer = await asCustomer(program.url)
      const { id } = (await customer.create()).body.data.order
      const stream = await openStream(program.url, `/orders/${id}/events`, customer.token)
      await stream.hears('booking_updated')
      const samples = await read()
      expect(totalOf(samples, 'weelo_creates_total', { outcome: 'created' })).toBe(1)
      expect(
        totalOf(samples, 'weelo_http_request_duration_seconds_count', {
          listener: 'public',
          method: 'POST',
          route: '/api/v1/orders',
          status: '201',
        }),
      ).toBe(1)
      expect(live.map((name) => totalOf(samples, name))).toEqual([1, 1])
      await stream.close()
      await until(async () => totalOf(await read(), 'weelo_live_listeners') === 0, 'nobody listens')
      const told = await request(program.url, 'GET', '/metrics')
      expect([told.status, told.body.error.code]).toEqual([404, 'NOT_FOUND'])
      expect((await customer.send('GET', '/metrics')).status).toBe(404)
    },
  )

  it.runIf(pools.includes('worker'))('counts its sweeps', async () => {
    const ended = async () => totalOf(await read(), 'weelo_sweep_duration_seconds_count', { outcome: 'done' })
    await until(async () => Number(await ended()) > 0, 'the first sweep is counted')
  })
})
