// What this process counts and times, for Prometheus. Names and labels are what deploy/alerts.yaml and dashboards use.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Version } from '../http/health.ts'

/** Answers take 2 ms on an idle machine; nobody waits longer than three seconds. */
const ANSWER_BUCKETS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5]
/** A batch takes some 50 ms; a million orders must be closed within two minutes. */
const SWEEP_BUCKETS_S = [0.01, 0.05, 0.25, 1, 5, 30, 120]

const createOutcomes = ['created', 'replayed', 'active_order', 'limited', 'invalid', 'key_reused', 'failed'] as const
export type CreateOutcome = (typeof createOutcomes)[number]
export type Metrics = ReturnType<typeof makeMetrics>

/** One set per process. `register` is where others add what is theirs. */
export function makeMetrics({ commit, schema, sql }: Version, role: string) {
  const register = new Registry()
  const registers = [register]
  const requests = new Histogram({
    name: 'weelo_http_request_duration_seconds',
    help: 'Requests answered, by listener, method, route pattern and status.',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: ANSWER_BUCKETS_S,
    registers,
  })
  const creates = new Counter({
    name: 'weelo_creates_total',
    help: `Decisions on a create: ${createOutcomes.join(', ')}.`,
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of createOutcomes) creates.inc({ outcome }, 0) // from the start, so that the first one is an increase
  const sweeps = new Histogram({
    name: 'weelo_sweep_duration_seconds',
    help: 'Sweeps that ended, by how they ended: done or failed.',
    labelNames: ['outcome'],
    buckets: SWEEP_BUCKETS_S,
    registers,
  })
  for (const outcome of ['done', 'failed']) sweeps.zero({ outcome })
  const swept = new Counter({
    name: 'weelo_sweep_closed_orders_total',
    help: 'Orders whose expiry or settling the sweeps of this process have written down.',
    registers,
  })
  new Gauge({
    name: 'weelo_info',
    help: 'Always 1: what runs here, and in which role.',
    labelNames: ['commit', 'schema', 'sql', 'role'],
    registers,
  }).set({ commit, schema, sql, role }, 1)
  return {
    register,
    request: (listener: string) => (facts: { method: string; route: string; status: number; durationMs: number }) => {
      const { durationMs, ...labels } = facts
      requests.observe({ listener, ...labels }, durationMs / 1000)
    },
    create: (outcome: CreateOutcome) => creates.inc({ outcome }),
    sweep: (outcome: 'done' | 'failed', closed: number, seconds: number) => {
      sweeps.observe({ outcome }, seconds)
      swept.inc(closed)
    },
  }
}
