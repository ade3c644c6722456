// Prometheus' own program reads the alert rules and runs them over series made up for each.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { project, temporaryFolder } from '../support/program.ts'
import { range } from '../support/scale.ts'

const rules = join(project, 'deploy', 'alerts.yaml')

/** A sample a minute: 0+100x60 is a counter that grows by 100, 1x60 a gauge that stays. */
type Series = Record<string, string>
type Case = { after: string; fires: Series[]; isSilent: Series[] }

const creates = (counts: Record<string, string>): Series =>
  Object.fromEntries(Object.entries(counts).map(([of, values]) => [`weelo_creates_total{outcome="${of}"}`, values]))
const answers = (listener: string, route: string, status: string, values: string): Series => ({
  [`weelo_http_request_duration_seconds_count{listener="${listener}",route="${route}",status="${status}"}`]: values,
})
/** Creates within half a second and within a whole one. */
const durations = (half: string, whole: string): Series => {
  const bucket = 'weelo_http_request_duration_seconds_bucket{method="POST",route="/api/v1/orders"'
  return { [`${bucket},le="0.5"}`]: half, [`${bucket},le="1"}`]: whole, [`${bucket},le="+Inf"}`]: whole }
}
const fine = answers('public', '/api/v1/orders', '200', '0+100x60')

const job = 'job="weelo-order-service"'
/** A task a minute, each under an address of its own, beside one that stays. */
const inNewPlaces = (): Series => ({
  [`up{${job},instance="stays"}`]: '1x60',
  ...Object.fromEntries(range(60).map((n) => [`up{${job},instance="task-${n}"}`, `${'_ '.repeat(n)}1`])),
})

const cases: Record<string, Case> = {
  CreatesFail: {
    after: '10m',
    fires: [creates({ created: '0+100x60', failed: '0+2x60' })],
    isSilent: [creates({ created: '0+200x60', failed: '0+1x60' }), creates({ created: '0x60', failed: '0x60' })],
  },
  ManyActiveOrderRefusals: {
    after: '45m',
    fires: [creates({ created: '0+60x60', active_order: '0+40x60' })],
    isSilent: [creates({ created: '0+80x60', active_order: '0+20x60' })],
  },
  NoOrders: {
    after: '40m',
    fires: [creates({ created: '7x60', active_order: '0+1x60' })],
    isSilent: [creates({ created: '0+1x60' })],
  },
  ServerErrors: {
    after: '15m',
    fires: [{ ...fine, ...answers('public', '/api/v1/trips', '503', '0+5x60') }],
    isSilent: [
      { ...fine, ...answers('public', '/readyz', '503', '0+5x60') },
      { ...fine, ...answers('admin', '/graphql', '503', '0+5x60') },
      { ...fine, ...answers('public', '/api/v1/trips', '409', '0+5x60') },
    ],
  },
  CreatesSlow: {
    after: '20m',
    fires: [durations('0+98x60', '0+100x60')],
    isSilent: [durations('0+100x60', '0+100x60')],
  },
  DatabaseDown: { after: '5m', fires: [{ weelo_database_up: '1 1 0x60' }], isSilent: [{ weelo_database_up: '1x60' }] },
  SessionsExhausted: {
    after: '5m',
    fires: [{ 'weelo_database_waiting{pool="rest"}': '3x60' }],
    isSilent: [
      { 'weelo_database_waiting{pool="rest"}': '3 0 3 0 3 0 3', 'weelo_database_waiting{pool="live"}': '3x60' },
    ],
  },
  OldTransaction: {
    after: '5m',
    fires: [{ weelo_oldest_transaction_seconds: '0+60x60' }],
    isSilent: [{ weelo_oldest_transaction_seconds: '59x60' }],
  },
  TransactionsUnseen: {
    after: '15m',
    fires: [{ weelo_database_up: '1x60' }],
    isSilent: [{ weelo_database_up: '1x60', weelo_oldest_transaction_seconds: '0x60' }, { weelo_database_up: '0x60' }],
  },
  SweepLate: {
    after: '10m',
    fires: [{ 'weelo_sweep_late{instance="a"}': '1x60', 'weelo_sweep_late{instance="b"}': '1x60' }],
    isSilent: [{ weelo_sweep_late: '0x60' }, { weelo_sweep_late: '1 1 1 0x60' }],
  },
  SweepBehind: {
    after: '15m',
    fires: [{ weelo_oldest_due_seconds: '0+60x60' }],
    isSilent: [{ weelo_oldest_due_seconds: '120x60' }],
  },
  SweepFails: {
    after: '15m',
    fires: [{ 'weelo_sweep_duration_seconds_count{outcome="failed"}': '0 0 1 2 3 4x60' }],
    isSilent: [
      { 'weelo_sweep_duration_seconds_count{outcome="failed"}': '0 0 1 1x60' },
      { 'weelo_sweep_duration_seconds_count{outcome="done"}': '0+1x60' },
    ],
  },
  ProcessGone: {
    after: '5m',
    fires: [{ 'up{job="weelo-order-service"}': '1 1 0x60' }],
    isSilent: [{ 'up{job="weelo-order-service"}': '1x60', 'up{job="another"}': '0x60' }],
  },
  AllProcessesGone: {
    after: '5m',
    fires: [{ 'up{job="weelo-order-service"}': '1 0x60' }, { 'up{job="another"}': '1x60' }],
    isSilent: [
      { 'up{job="weelo-order-service",instance="a"}': '0x60', 'up{job="weelo-order-service",instance="b"}': '1x60' },
    ],
  },
  StartsAgainAndAgain: {
    after: '40m',
    fires: [
      { [`process_start_time_seconds{${job},instance="a"}`]: '100+60x60', [`up{${job},instance="a"}`]: '1x60' },
      inNewPlaces(),
    ],
    isSilent: [
      { [`process_start_time_seconds{${job}}`]: '100 100 200x60', [`up{${job}}`]: '1x60' },
      { 'process_start_time_seconds{job="another"}': '100+60x60' },
    ],
  },
  NotReady: {
    after: '5m',
    fires: [{ 'weelo_ready{instance="a"}': '0x60', 'weelo_ready{instance="b"}': '1x60' }],
    isSilent: [{ weelo_ready: '1 0 1x60' }],
  },
  OtherFunctions: {
    after: '20m',
    fires: [{ 'weelo_info{sql="a",instance="x"}': '1x60', 'weelo_database_info{sql="b",instance="x"}': '1x60' }],
    isSilent: [
      { 'weelo_info{sql="a",instance="x"}': '1x60', 'weelo_database_info{sql="a",instance="y"}': '1x60' },
      { 'weelo_info{sql="a",instance="x"}': '1x60' }, // the database is away
    ],
  },
  TwoReleases: {
    after: '20m',
    fires: [{ 'weelo_info{commit="a"}': '1x60', 'weelo_info{commit="b"}': '1x60' }],
    isSilent: [{ 'weelo_info{commit="a",role="api"}': '1x60', 'weelo_info{commit="a",role="worker"}': '1x60' }],
  },
  EventLoopLags: {
    after: '10m',
    fires: [{ [`nodejs_eventloop_lag_p99_seconds{${job}}`]: '0.3x60' }],
    isSilent: [
      { [`nodejs_eventloop_lag_p99_seconds{${job}}`]: '0.05x60' },
      { 'nodejs_eventloop_lag_p99_seconds{job="another"}': '0.3x60' },
    ],
  },
  ListenersNearLimit: {
    after: '10m',
    fires: [{ weelo_live_listeners: '19000x60' }],
    isSilent: [{ weelo_live_listeners: '17000x60' }],
  },
}

const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' })

beforeAll(() => {
  if (promtool('--version').error)
    throw new Error('This test needs promtool: apt-get update && apt-get install -y prometheus')
})

it('promtool finds nothing wrong with the rules, and knows as many as are tried here', () => {
  const { status, stdout, stderr } = promtool('check', 'rules', rules)
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain(`SUCCESS: ${Object.keys(cases).length} rules found`)
})

/** JSON is YAML. `ALERTS` is what Prometheus itself writes down of each alert. */
function verdictOn(name: string, after: string, series: Series, isFiring: boolean): string {
  const file = join(temporaryFolder(), 'test.yaml')
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([of, values]) => ({ series: of, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${name}", alertstate="firing"}) or vector(0)`,
        eval_time: after,
        exp_samples: [{ labels: '{}', value: isFiring ? 1 : 0 }],
      },
    ],
  }
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }))
  const { status, stdout, stderr } = promtool('test', 'rules', file)
  return status === 0 ? 'as expected' : stdout + stderr
}

it.each(Object.entries(cases))(
  '%s fires when it should, and is silent when not',
  (name, { after, fires, isSilent }) => {
    for (const series of fires) expect(verdictOn(name, after, series, true)).toBe('as expected')
    for (const series of isSilent) expect(verdictOn(name, after, series, false)).toBe('as expected')
  },
)
