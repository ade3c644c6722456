// What customers notice of a sweep: creates at a steady rate beside it against the same without it, and the wait of those
// whose own due order is in the batch that is being closed.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { dueOrders } from '../due.ts'
import { numbered } from '../load/statement.ts'
import { runOwnLoad } from '../load/statements.ts'
import { type Measured, median } from '../measured.ts'
import { createOrder } from '../orders.ts'
import { type Pair, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'
import type { Database } from '../server.ts'
import { dueCustomer, placeInNextBatch, sweepAll } from '../sweeping.ts'

/** Creates a second: far below what the machine can, so that a wait is the sweep's. */
const RATE = 200
const CHASE_EVERY_BATCHES = 5
/** After the batch has begun, so that it holds the order. */
const CHASE_AFTER_MS = 3
const LOOK_EVERY_MS = 20

async function run(bench: Bench): Promise<RowResult> {
  const pairs: Pair[] = []
  const [waits, chased, batches]: number[][] = [[], [], []]
  for (let number = 1; number <= bench.pairs; number++) {
    const database = await dueOrders(bench)
    const b = await creates(database, bench)
    const beside = await createsBesideSweep(database, bench)
    pairs.push({ a: beside.measured, b })
    waits?.push(beside.longestWaitMs)
    chased?.push(...beside.chased)
    batches?.push(...beside.batches)
    bench.log(
      `pair ${number} of ${bench.pairs}: p99 ${beside.measured.latency.p99.toFixed(1)} ms beside, ${b.latency.p99.toFixed(1)} ms alone`,
    )
  }
  const [longestWait, longestBatch] = [Math.max(...(waits ?? [])), Math.max(...(batches ?? []))]
  const names: [{ name: string }, { name: string }] = [{ name: 'beside a sweep' }, { name: 'alone' }]
  return {
    ratios: [
      ratioOf(`create, ${RATE} a second, 99th percentile: alone over beside a sweep`, names, pairs, undefined, p99Of),
    ],
    facts: [
      { name: 'a batch of the sweep', value: median(batches ?? []), unit: 'ms' },
      { name: 'the longest batch', value: longestBatch, unit: 'ms' },
      {
        name: 'the longest wait for a lock',
        value: longestWait,
        unit: 'ms',
        goal: 'one batch',
        isMet: longestWait <= longestBatch,
      },
      { name: 'creates of customers in the batch being closed', value: chased?.length ?? 0, unit: '' },
      { name: 'the longest of those creates', value: Math.max(...(chased ?? [])), unit: 'ms' },
    ],
    curves: [],
    pairs: { 'sweep-beside': pairs },
  }
}

const creates = (database: Database, { seconds, clients }: Bench): Promise<Measured> =>
  runOwnLoad(database.url, createOrder(), { seconds, clients, rate: RATE })

async function createsBesideSweep(database: Database, bench: Bench) {
  let isOver = false
  let batch = 0
  const chaser = await startChaser(database)
  const watch = watchLocks(database, () => isOver)
  const sweep = sweepAll(database, {
    beforeBatch: (closed) => {
      if (batch++ % CHASE_EVERY_BATCHES === 1) chaser.chase(placeInNextBatch(closed))
    },
    isOver: () => isOver,
  })
  const measured = await creates(database, bench).finally(() => {
    isOver = true
  })
  const [{ batches }, longestWaitMs, chased] = [await sweep, await watch, await chaser.end()]
  return { measured, batches, longestWaitMs, chased }
}

/** Books for customers whose order is in the batch that runs; tells how long each took, in ms. */
async function startChaser({ url }: Database) {
  const client = new pg.Client({ connectionString: url, application_name: 'weelo-bench' })
  await client.connect()
  const statement = createOrder(dueCustomer)
  const { text, names } = numbered({ ...statement, values: { ...statement.values, place: '' } })
  const running: Promise<number>[] = []
  const book = async (place: number) => {
    await sleep(CHASE_AFTER_MS)
    const sentAt = performance.now()
    const values = names.map((name) => (name === 'place' ? place : statement.values[name]))
    await client.query({ name: 'chase', text, values })
    return performance.now() - sentAt
  }
  return {
    chase: (place: number) => void running.push(book(place)),
    end: async () => {
      const all = await Promise.all(running)
      await client.end()
      return all
    },
  }
}

/** The longest that anybody was seen to wait for a lock, in ms. */
async function watchLocks({ superuserUrl }: Database, isOver: () => boolean): Promise<number> {
  const client = new pg.Client({ connectionString: superuserUrl, application_name: 'weelo-bench' })
  await client.connect()
  let longest = 0
  const text =
    'select extract(epoch from max(clock_timestamp() - waitstart))::double precision * 1000 as ms from pg_locks where not granted'
  while (!isOver()) {
    const { rows } = await client.query<{ ms: number | null }>({ name: 'waits', text })
    longest = Math.max(longest, rows[0]?.ms ?? 0)
    await sleep(LOOK_EVERY_MS)
  }
  await client.end()
  return longest
}

export const sweepBeside: Row = {
  name: 'sweep-beside',
  about: 'creates beside a sweep / without it, and waits for locks',
  run,
}
