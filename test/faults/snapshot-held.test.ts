// Somebody looks at orders in a transaction and goes to lunch: nothing newer than its snapshot can be cleaned away.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'
import { range } from '../support/scale.ts'
import { startCluster } from './cluster.ts'
import { losses, noLosses, quantile, startWriters } from './load.ts'
import { metric } from './metrics.ts'
import { due } from './sweeps.ts'
import { report } from './under-load.ts'

/** A B pairs, and an A at the end: each B is compared with the A before and the A after it, which cancels a slow drift. */
const PAIRS = 3
const HELD_SECONDS = Number(process.env.HELD_SECONDS ?? 180)
/** The last part of a hold, when the most has piled up. */
const MEASURE_MS = Math.min(60_000, (HELD_SECONDS * 1000) / 3)
/** Few enough that a create's time is its own and not that of a queue. */
const WRITERS = 16
const LOOK_EVERY_MS = 200
/** Of p99 with the snapshot to p99 without. A create that waited for it would wait for the rest of the hold. */
const LARGEST_RATIO = 3
/** A search of a minute ends, the next sweep is two minutes away at most, and takes its time. */
const OLDEST_DUE_SECONDS = 180

const cluster = await startCluster()
const program = await startProgram({ DATABASE_URL: cluster.url })
const writers = startWriters(() => program.url, WRITERS)

/** Creates' p99 in ms over the next minute or so. */
async function p99(): Promise<number> {
  const since = performance.now()
  await sleep(MEASURE_MS)
  return quantile(
    writers.attempts.filter(({ at }) => at >= since).map(({ ms }) => ms),
    0.99,
  )
}

const oldestTransaction = () => metric(program, 'weelo_oldest_transaction_seconds')

/** By a superuser, whom no limit ends. */
async function openSnapshot() {
  const connectionString = Object.assign(new URL(cluster.superuserUrl), { pathname: '/weelo' }).href
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('begin transaction isolation level repeatable read')
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid from app.orders limit 1')
  return { pid: rows[0]?.pid ?? 0, close: () => client.end() }
}

/** Looks until `isOver`, and returns how many sessions were ever seen to wait for this one. */
async function waitersFor(pid: number, isOver: () => boolean): Promise<number> {
  const client = new pg.Client({ connectionString: cluster.superuserUrl })
  await client.connect()
  let seen = 0
  while (!isOver()) {
    const waiting = 'select from pg_stat_activity a where $1::integer = any(pg_blocking_pids(a.pid))'
    seen += (await client.query(waiting, [pid])).rowCount ?? 0
    await sleep(LOOK_EVERY_MS)
  }
  await client.end()
  return seen
}

async function withSnapshot() {
  const from = Date.now()
  const snapshot = await openSnapshot()
  let isOver = false
  const waiters = waitersFor(snapshot.pid, () => isOver)
  await sleep(HELD_SECONDS * 1000 - MEASURE_MS)
  const ms = await p99()
  const alarm = await oldestTransaction()
  const oldestDue = (await due(cluster.url)).oldest_due_seconds
  isOver = true
  await waiters
  await snapshot.close()
  return { ms, alarm, oldestDue, waiters: await waiters, from, to: Date.now() }
}

test('a snapshot that is held for minutes delays no create and no sweep, and the metric tells of it', async () => {
  const without: number[] = []
  const held: Awaited<ReturnType<typeof withSnapshot>>[] = []
  await sleep(MEASURE_MS / 4) // until every session has its plans
  for (const _ of range(PAIRS)) {
    without.push(await p99())
    held.push(await withSnapshot())
  }
  const calm = await oldestTransaction()
  without.push(await p99())
  await writers.stop()
  const ratios = held.map(({ ms }, n) => ms / (((without[n] ?? 0) + (without[n + 1] ?? 0)) / 2))
  const sweeps = program
    .lines()
    .filter(
      ({ tag, time }) =>
        tag === 'CleanupJob' && held.some(({ from, to }) => Number(time) >= from && Number(time) <= to),
    )
  report(`A REPEATABLE READ transaction idle for ${HELD_SECONDS} s under ${WRITERS} writers, ${PAIRS} pairs`, {
    'p99 ms without': without.map(Math.round).join(' '),
    'p99 ms with': held.map(({ ms }) => Math.round(ms)).join(' '),
    'ratio of each pair': ratios.map((ratio) => ratio.toFixed(2)).join(' '),
    'ratio, median': quantile(ratios, 0.5).toFixed(2),
    'sessions seen waiting for it': held.map(({ waiters }) => waiters).join(' '),
    'sweeps meanwhile': sweeps.map(({ closed, durationMs }) => `${closed} orders in ${durationMs} ms`).join(' and '),
    'oldest due order s': held.map(({ oldestDue }) => oldestDue).join(' '),
    weelo_oldest_transaction_seconds: `${held.map(({ alarm }) => Math.round(alarm)).join(' ')}, afterwards ${Math.round(calm)}`,
    'orders acknowledged': writers.granted.length,
  })
  expect(held.map(({ waiters }) => waiters)).toEqual(range(PAIRS).map(() => 0))
  expect(writers.wrong).toEqual([])
  expect(writers.attempts.filter(({ status }) => status !== 201)).toEqual([])
  expect(quantile(ratios, 0.5)).toBeLessThan(LARGEST_RATIO)
  for (const { alarm, oldestDue } of held) {
    expect(alarm).toBeGreaterThan(HELD_SECONDS - 10)
    expect(oldestDue).toBeLessThan(OLDEST_DUE_SECONDS)
  }
  expect(calm).toBeLessThan(10)
  expect(sweeps.filter(({ closed }) => Number(closed) > 0).length).toBeGreaterThan(0)
  expect(await losses(cluster.url, writers.granted)).toEqual(noLosses)
})
