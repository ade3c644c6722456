// A backlog after an outage: the worker's loop over a million due orders against one statement that writes the same order,
// truck-request and event rows without triggers.
import { refuseUnequalWork } from '../copies.ts'
import { dueOrders } from '../due.ts'
import { withServerTime } from '../load/statements.ts'
import { type Measured, measuredOf, median } from '../measured.ts'
import { medianOf, type Pair, ratioOf } from '../pairs.ts'
import type { Bench, Curve, Row, RowResult } from '../row.ts'
import type { Database } from '../server.ts'
import { type Progress, sweepAll } from '../sweeping.ts'

const GOAL_SECONDS = 120

const oneStatement = `
  with closed as (
    update bench.orders set status = 'expired', updated_at = expires_at
    where is_open and expires_at <= statement_timestamp()
    returning customer_id, id, trucks_filled, trucks_total, expires_at),
  searched as (
    update bench.truck_requests t set status = 'expired', updated_at = c.expires_at
    from closed c
    where t.customer_id = c.customer_id and t.order_id = c.id and t.status = 'searching'),
  recorded as (
    insert into bench.order_events (customer_id, order_id, from_status, to_status, trucks_filled, trucks_total, actor, occurred_at)
    select c.customer_id, c.id, 'active', 'expired', c.trucks_filled, c.trucks_total, 'clock', c.expires_at from closed c)
  select count(*)::integer as closed from closed`

async function run(bench: Bench): Promise<RowResult> {
  const server = await bench.server()
  const pairs: Pair[] = []
  let progress: Progress = []
  for (let number = 1; number <= bench.pairs; number++) {
    const database = await dueOrders(bench)
    const inBatches = () =>
      withServerTime(server, async () => {
        const swept = await sweepAll(database)
        progress = swept.progress
        refuseOtherCount(progress.at(-1)?.closed, bench.due)
        const { latency } = measuredOf(swept.batches, swept.seconds)
        return { operations: bench.due, seconds: swept.seconds, perSecond: bench.due / swept.seconds, latency }
      })
    const atOnce = () => withServerTime(server, () => closeAtOnce(database, bench.due))
    const afterCheckpoint = async (side: () => Promise<Measured>) => {
      await database.asSuperuser('checkpoint')
      return side()
    }
    const isSweepFirst = number % 2 === 1 // whoever is second finds a machine that the first has used
    const early = isSweepFirst ? await afterCheckpoint(inBatches) : undefined
    const b = await afterCheckpoint(atOnce)
    const a = early ?? (await afterCheckpoint(inBatches))
    await refuseUnequalWork(database)
    pairs.push({ a, b })
    bench.log(`pair ${number} of ${bench.pairs}: ${a.seconds.toFixed(1)} s against ${b.seconds.toFixed(1)} s`)
  }
  const seconds = pairs.map(({ a }) => a.seconds)
  const slowest = Math.max(...seconds)
  const names: [{ name: string }, { name: string }] = [{ name: 'in batches, two at a time' }, { name: 'one statement' }]
  const of = `sweep of ${bench.due} due orders`
  const microseconds = (side: 'a' | 'b') => medianOf(pairs, side, (measured) => measured.serverMicroseconds)
  return {
    ratios: [ratioOf(`${of}, two batches at a time / one statement without triggers`, names, pairs, 0.5)],
    facts: [
      { name: of, value: median(seconds), unit: 's' },
      {
        name: `${of}, the slowest`,
        value: slowest,
        unit: 's',
        goal: `< ${GOAL_SECONDS} s`,
        isMet: slowest < GOAL_SECONDS,
      },
      { name: 'a batch of it, 99th percentile', value: median(pairs.map(({ a }) => a.latency.p99)), unit: 'ms' },
      { name: 'server time per order, in batches', value: microseconds('a'), unit: 'µs' },
      { name: 'server time per order, one statement', value: microseconds('b'), unit: 'µs' },
    ],
    curves: [curveOf(progress)],
    pairs: { sweep: pairs },
  }
}

async function closeAtOnce(database: Database, due: number): Promise<Measured> {
  const startedAt = performance.now()
  const [row] = await database.ask<{ closed: number }>(oneStatement)
  const ms = performance.now() - startedAt
  refuseOtherCount(row?.closed, due)
  return { ...measuredOf([ms], ms / 1000), operations: due, perSecond: due / (ms / 1000) }
}

function refuseOtherCount(closed: number | undefined, due: number): void {
  if (closed !== due) throw new Error(`${closed} orders were closed, and ${due} were due`)
}

const curveOf = (progress: Progress): Curve => ({
  name: 'sweep',
  title: 'A sweep of due orders',
  x: 'seconds',
  y: 'orders closed',
  series: [{ name: 'closed', points: progress.map(({ seconds, closed }) => [seconds, closed]) }],
})

export const sweep: Row = { name: 'sweep', about: 'a million due orders, in batches / in one statement', run }
