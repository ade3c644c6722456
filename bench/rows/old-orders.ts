// Whether a create knows how many old orders there are: beside millions of them against none, on one server. Customers who
// have old orders book; beside none the same ones are new.
import { closeEverything, customersOf, nextCustomer } from '../customers.ts'
import { runLoad, withServerTime } from '../load/statements.ts'
import { type Measured, median } from '../measured.ts'
import { createOrder } from '../orders.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Curve, Row, RowResult } from '../row.ts'
import type { Database } from '../server.ts'

/**
 * For how many times the seconds of a pair the old sides are warmed. After a checkpoint, once in fifteen minutes, a create
 * beside millions is often the first to touch a page, reads it and writes it to the log whole. The pairs measure what comes
 * after; the seconds right after one are a fact of their own.
 */
const SETTLING = 6

async function run(bench: Bench): Promise<RowResult> {
  const { old, tenth, tenthRows, none } = await bench.seeded()
  for (const database of [old, tenth]) await closeEverything(database) // what an earlier run left is not this one's work
  const [million, some, no] = [
    await sideOf(bench, `with ${bench.rows} old orders`, old, bench.rows),
    await sideOf(bench, 'with a tenth of them', tenth, tenthRows),
    await sideOf(bench, 'with none', await none(), Number.POSITIVE_INFINITY),
  ]
  await old.asSuperuser('checkpoint')
  const first = await million.run(bench.seconds)
  if (bench.seconds >= 1) for (const side of [million, some]) await side.run(bench.seconds * SETTLING)
  const pairs = await alternate(million, no, bench)
  const tenthPairs = await alternate(some, no, bench)
  const rate = medianOf([...pairs, ...tenthPairs], 'b', ({ perSecond }) => perSecond)
  const [ofAll, ofTenth] = [pairs, tenthPairs].map((each) => median(each.map(({ a, b }) => a.perSecond / b.perSecond)))
  const byCount = [rate, rate * (ofTenth ?? Number.NaN), rate * (ofAll ?? Number.NaN)] // as pairs tell it, since machines drift
  const name = `create with ${bench.rows} old orders / with none`
  return {
    ratios: [
      ratioOf(name, [million, no], pairs, 0.95),
      ratioOf('the same, 99th percentile', [million, no], pairs, 0.95, p99Of),
      ratioOf('create with a tenth of them / with none', [some, no], tenthPairs),
    ],
    facts: [
      {
        name: `creates with ${bench.rows} old orders right after a checkpoint (seconds 4 to ${bench.seconds + 3}), one run / in the pairs`,
        value: first.perSecond / medianOf(pairs, 'a', ({ perSecond }) => perSecond),
        unit: '',
      },
      { name: 'server time per create with old orders', value: medianOf(pairs, 'a', timeOf), unit: 'µs' },
      { name: 'server time per create with none', value: medianOf(pairs, 'b', timeOf), unit: 'µs' },
    ],
    curves: [
      latencyCurve(
        pairs.map(({ a }) => a),
        pairs.map(({ b }) => b),
      ),
      {
        name: 'create-by-old-orders',
        title: 'Creates per second beside old orders',
        x: 'old orders',
        y: 'creates per second',
        categories: [0, Math.ceil(bench.rows / 10), bench.rows].map((count) => count.toLocaleString('en')),
        series: [{ name: 'api.create_order', points: points(byCount) }],
      },
    ],
    pairs: { 'old-orders': pairs, tenth: tenthPairs },
  }
}

/** Beside none nobody runs out: everybody is new. A load of less than a second measures nothing, and may pass the last one. */
async function sideOf(bench: Bench, name: string, database: Database, rows: number) {
  const [{ server }, customers] = [await bench.seeded(), await customersOf(database, rows)]
  const load = (seconds: number, onWarm: () => void) =>
    runLoad(bench, database.url, createOrder(nextCustomer), seconds, onWarm)
  return {
    name,
    run: async (seconds: number) => {
      await customers.prepare()
      const measured = await withServerTime(server, (onWarm) => load(seconds, onWarm))
      if (seconds >= 1) await customers.refusePassed()
      return measured
    },
  }
}

const timeOf = (measured: Measured) => measured.serverMicroseconds
const points = (values: number[]): [number, number][] => values.map((value, index) => [index, value])

function latencyCurve(old: Measured[], none: Measured[]): Curve {
  const names = ['p50', 'p90', 'p99', 'p999'] as const
  const medians = (all: Measured[]) => names.map((name) => median(all.map(({ latency }) => latency[name])))
  return {
    name: 'create-latency',
    title: 'How long a create takes, with old orders and with none',
    x: 'percentile',
    y: 'ms',
    categories: ['50', '90', '99', '99.9'],
    series: [
      { name: 'with old orders', points: points(medians(old)) },
      { name: 'with none', points: points(medians(none)) },
    ],
  }
}

export const oldOrders: Row = { name: 'old-orders', about: 'create beside millions of old orders / beside none', run }
