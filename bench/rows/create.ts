// What the rules cost a create: api.create_order against one statement that writes the same four rows, with the same
// indexes and constraints, and no triggers.
import { makeCopies, refuseUnequalWork } from '../copies.ts'
import { runLoad, withServerTime } from '../load/statements.ts'
import { createOrder, insertFourRows } from '../orders.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'

async function run(bench: Bench): Promise<RowResult> {
  const server = await bench.server()
  const database = await server.database('bench_create')
  await makeCopies(database)
  await database.asSuperuser('checkpoint')
  const side = (name: string, statement: ReturnType<typeof createOrder>) => ({
    name,
    run: (seconds: number) =>
      withServerTime(server, (onWarm) => runLoad(bench, database.url, statement, seconds, onWarm)),
  })
  const sides = [side('api.create_order', createOrder()), side('one statement', insertFourRows())] as const
  const pairs = await alternate(...sides, bench)
  await refuseUnequalWork(database)
  const microseconds = (of: 'a' | 'b') => medianOf(pairs, of, (measured) => measured.serverMicroseconds)
  return {
    ratios: [
      ratioOf(`create / the same four rows, ${bench.clients} clients`, [...sides], pairs, 0.85),
      ratioOf('the same, 99th percentile', [...sides], pairs, undefined, p99Of),
    ],
    facts: [
      { name: 'creates per second', value: medianOf(pairs, 'a', (m) => m.perSecond), unit: '/s' },
      { name: 'server time per create', value: microseconds('a'), unit: 'µs' },
      { name: 'server time per bare statement', value: microseconds('b'), unit: 'µs' },
    ],
    curves: [],
    pairs: { create: pairs },
  }
}

export const create: Row = { name: 'create', about: 'api.create_order / the same four rows in one statement', run }
