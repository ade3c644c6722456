// What customers notice of a sweep: creates at a steady rate beside it against the same without it, and the wait of those
// whose own due order is in the batch that is being closed.
import { LOOK_EVERY_MS, startChaser, watchLocks } from '../chaser.ts'
import { dueOrders } from '../due.ts'
import { runOwnLoad } from '../load/statements.ts'
import { fixed, type Measured, median } from '../measured.ts'
import { createOrder } from '../orders.ts'
import { type Pair, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Fact, Row, RowResult } from '../row.ts'
import { ask, type Database, type Server } from '../server.ts'
import { placeInNextBatch, sweepAll } from '../sweeping.ts'

/** Creates a second: far below what the machine can, so that a wait is the sweep's. */
const RATE = 200
const CHASE_EVERY_BATCHES = 5

async function run(bench: Bench): Promise<RowResult> {
  const pairs: Pair[] = []
  const all: Beside[] = []
  for (let number = 1; number <= bench.pairs; number++) {
    const alone = () => onFreshCopy(bench, (database) => creates(database, bench, bench.seconds))
    const beside = () => onFreshCopy(bench, (database) => createsBesideSweep(database, bench))
    const isSweepFirst = number % 2 === 0 // whoever is second finds a machine that the first has used
    const [early, b] = isSweepFirst ? [await beside(), await alone()] : [undefined, await alone()]
    const a = early ?? (await beside())
    pairs.push({ a: a.measured, b })
    all.push(a)
    const [left, right] = [a.measured, b].map(({ latency }) => fixed(latency.p99, 1))
    bench.log(`pair ${number} of ${bench.pairs}: p99 ${left} ms beside, ${right} ms alone`)
    if (a.part < 1) bench.log(`the sweep was over after ${fixed(a.part * 100)} % of the creates' time: more --due`)
  }
  const names: [{ name: string }, { name: string }] = [{ name: 'beside a sweep' }, { name: 'alone' }]
  const name = `create, ${RATE} a second, 99th percentile: alone over beside a sweep`
  return {
    ratios: [ratioOf(name, names, pairs, undefined, p99Of)],
    facts: factsOf(all, median(pairs.map(({ b }) => b.latency.p99)), await patienceOf(await bench.server())),
    curves: [],
    pairs: { 'sweep-beside': pairs },
  }
}

/** For how many ms a phone's create waits for a lock, as its login has it; then it is answered 503. */
async function patienceOf({ superuser }: Server): Promise<number> {
  const [row] = await ask<{ ms: number }>(
    superuser('postgres'),
    `select substring(array_to_string(rolconfig, ' ') from 'lock_timeout=(\\d+)ms')::integer as ms
     from pg_roles where rolname = 'weelo_rest'`,
  )
  return row?.ms ?? Number.NaN
}

/** `createMs`: a create alone, 99th percentile: what a create that waited has still to do by itself. */
function factsOf(all: Beside[], createMs: number, patienceMs: number): Fact[] {
  const [batches, chased] = [all.flatMap((each) => each.batches), all.flatMap((each) => each.chased)]
  const [longestBatch, part] = [Math.max(...batches), Math.min(...all.map((each) => each.part))]
  const wait = Math.max(...all.map((each) => each.longestWaitMs))
  const longestChased = Math.max(...chased)
  const most = longestBatch + createMs
  return [
    { name: "part of the creates' time in which the sweep ran", value: part, unit: '', goal: '1', isMet: part === 1 },
    { name: 'a batch of the sweep', value: median(batches), unit: 'ms' },
    {
      name: 'the longest batch',
      value: longestBatch,
      unit: 'ms',
      goal: `< ${patienceMs} ms, for which a phone's create waits`,
      isMet: longestBatch < patienceMs,
    },
    {
      name: `the longest wait for a lock, sampled every ${LOOK_EVERY_MS} ms, and these ${LOOK_EVERY_MS} ms`,
      value: wait + LOOK_EVERY_MS,
      unit: 'ms',
      goal: '≤ the longest batch',
      isMet: wait + LOOK_EVERY_MS <= longestBatch,
    },
    { name: 'creates aimed at the batch being closed', value: chased.length, unit: '' },
    { name: 'of those, seen to wait for a lock', value: sum(all.map((each) => each.seenWaiting)), unit: '' },
    {
      name: 'the longest of those creates',
      value: longestChased,
      unit: 'ms',
      goal: `≤ ${fixed(most, 1)} ms, the longest batch and a create alone (p99)`,
      isMet: longestChased <= most,
    },
  ]
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** Both sides begin alike: every order due, and warm by creates that are not counted. */
async function onFreshCopy<Result>(bench: Bench, measure: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await dueOrders(bench)
  if (bench.seconds >= 1) await creates(database, bench, Math.max(1, bench.seconds / 3))
  await database.asSuperuser('checkpoint')
  return measure(database)
}

const creates = (database: Database, { clients }: Bench, seconds: number): Promise<Measured> =>
  runOwnLoad(database.url, createOrder(), { seconds, clients, rate: RATE })

type Beside = Awaited<ReturnType<typeof createsBesideSweep>>

async function createsBesideSweep(database: Database, bench: Bench) {
  let isOver = false
  const chaser = await startChaser(database)
  const watch = watchLocks(database, () => isOver, chaser.isWaiting)
  const sweep = sweepAll(database, {
    beforeBatch: (begun) => {
      if (begun % CHASE_EVERY_BATCHES === 2) chaser.chase(placeInNextBatch(begun))
    },
    isOver: () => isOver,
  })
  const sweepEnd = sweep.then(() => performance.now())
  const measured = await creates(database, bench, bench.seconds).finally(() => {
    isOver = true
  })
  const begin = performance.now() - measured.seconds * 1000
  const [{ batches }, longestWaitMs, chased] = [await sweep, await watch, await chaser.end()]
  const part = Math.min(1, Math.max(0, ((await sweepEnd) - begin) / (measured.seconds * 1000)))
  return { measured, batches, longestWaitMs, part, ...chased }
}

export const sweepBeside: Row = {
  name: 'sweep-beside',
  about: 'creates beside a sweep / without it, and waits for locks',
  run,
}
