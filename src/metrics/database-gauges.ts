// What the database says of itself. Every process asks, so that no role need run for an alarm to sound.
import type pg from 'pg'
import { Gauge, type Registry } from 'prom-client'
import type { Call } from '../db/pool.ts'
import type { Readiness } from '../http/health.ts'

type Facts = { is_sweep_late: boolean; oldest_due_seconds: number | null; oldest_transaction_seconds: number | null }
const factsText = 'select m.is_sweep_late, m.oldest_due_seconds, m.oldest_transaction_seconds from rest.metrics() m'

type Counts = { counts: Record<string, number> | null }
const countsText = 'select jsonb_object_agg(c.status, c.order_count) as counts from rest.order_counts() c'
/** It reads an hour of orders. */
const COUNT_EVERY_MS = 60_000

/** Returns the reading to be done before each scrape. What is not known is absent, not zero. */
export function addDatabase(
  register: Registry,
  call: Call,
  readReadiness: () => Promise<Readiness>,
  countEveryMs = COUNT_EVERY_MS,
): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `weelo_${name}`, help, labelNames, registers: [register] })
  const ready = gauge('ready', '1 when this process is ready, as /readyz says, else 0.')
  const runs = gauge('database_info', 'Always 1: the schema and the sql/ that the database runs.', ['schema', 'sql'])
  const up = gauge('database_up', '1 when the database answered this scrape, else 0.')
  const late = gauge(
    'sweep_late',
    '1 when no sweep has ended within five minutes; nothing is wrong for customers then.',
  )
  const due = gauge(
    'oldest_due_seconds',
    'For how long the oldest due order has waited for a sweep. It refuses nobody.',
  )
  const open = gauge(
    'oldest_transaction_seconds',
    'For how long the oldest transaction has been open. Absent: the owner lacks pg_read_all_stats.',
  )
  const orders = gauge('orders', 'Orders created within the last hour, by their true status, counted once a minute.', [
    'status',
  ])
  let countedAt = Number.NEGATIVE_INFINITY

  /** Whether the database answered. */
  async function readFacts(): Promise<boolean> {
    let hasAnswered = true
    const facts = await call<Facts>({ name: 'metrics', text: factsText, values: [] }).catch((error) => {
      hasAnswered = (error as pg.DatabaseError).severity === 'ERROR' // no, but an answer: see weelo_ready
    })
    for (const each of [late, due, open]) each.remove()
    up.set(hasAnswered ? 1 : 0)
    if (!facts) return false
    late.set(facts.is_sweep_late ? 1 : 0)
    due.set(facts.oldest_due_seconds ?? 0)
    if (facts.oldest_transaction_seconds !== null) open.set(facts.oldest_transaction_seconds)
    return true
  }

  async function countOrders(): Promise<void> {
    if (performance.now() - countedAt < countEveryMs) return
    countedAt = performance.now()
    const row = await call<Counts>({ name: 'order_counts', text: countsText, values: [] }).catch(() => undefined)
    orders.reset()
    for (const [status, count] of Object.entries(row?.counts ?? {})) orders.set({ status }, count)
  }

  return async () => {
    const { problem, schema, sql } = await readReadiness()
    ready.set(problem === undefined ? 1 : 0)
    runs.reset()
    if (schema !== undefined && sql !== undefined) runs.set({ schema, sql }, 1)
    if (await readFacts()) return countOrders()
    orders.reset()
    countedAt = Number.NEGATIVE_INFINITY
  }
}
