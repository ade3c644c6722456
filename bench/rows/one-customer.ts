// Whether refusals of one customer stand in each other's way: all clients on one open order against each on its own.
import { book } from '../customers.ts'
import { runOwnLoad, withServerTime } from '../load/statements.ts'
import { createOrder } from '../orders.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'

async function run(bench: Bench): Promise<RowResult> {
  const server = await bench.server()
  const database = await server.database('bench_one_customer')
  const customers = await book(database, bench.clients)
  await database.asSuperuser('vacuum analyze')
  const refusedOn = (name: string, which: typeof customers) => ({
    name,
    run: (seconds: number) => {
      const load = { seconds, clients: bench.clients, refusal: 'OR409' }
      return withServerTime(server, (onWarm) =>
        runOwnLoad(database.url, createOrder(':customer::uuid'), load, which, onWarm),
      )
    },
  })
  const sides = [
    refusedOn('on one customer', customers.slice(0, 1)),
    refusedOn(`on ${bench.clients} customers`, customers),
  ] as const
  const pairs = await alternate(...sides, bench)
  const microseconds = (of: 'a' | 'b') => medianOf(pairs, of, (measured) => measured.serverMicroseconds)
  return {
    ratios: [
      ratioOf(
        `refused, ${bench.clients} clients on one customer / on ${bench.clients} customers`,
        [...sides],
        pairs,
        0.9,
      ),
      ratioOf('the same, 99th percentile', [...sides], pairs, undefined, p99Of),
    ],
    facts: [
      { name: 'server time per refusal, on one customer', value: microseconds('a'), unit: 'µs' },
      { name: `server time per refusal, on ${bench.clients} customers`, value: microseconds('b'), unit: 'µs' },
    ],
    curves: [],
    pairs: { 'one-customer': pairs },
  }
}

export const oneCustomer: Row = { name: 'one-customer', about: 'refusals on one customer / on many', run }
