// What a refusal costs: a create of a customer who has an open order against reading that order by its index.
// Our own loader on both sides, since pgbench gives a client up at its first error.
import { book } from '../customers.ts'
import { runOwnLoad, withServerTime } from '../load/statements.ts'
import { createOrder } from '../orders.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import { transactionIds, withoutAutovacuum } from '../quiet.ts'
import type { Bench, Row, RowResult } from '../row.ts'

const select = { text: 'select o.* from app.orders o where o.customer_id = :customer::uuid and o.is_open', values: {} }

async function run(bench: Bench): Promise<RowResult> {
  const server = await bench.server()
  const database = await server.database('bench_refused')
  const customers = await book(database, bench.clients)
  return withoutAutovacuum(database, async () => {
    let burned = 0
    const refused = {
      name: 'a refused create',
      run: async (seconds: number) => {
        const before = await transactionIds(database)
        const load = { seconds, clients: bench.clients, refusal: 'OR409' }
        const measured = await withServerTime(server, (onWarm) =>
          runOwnLoad(database.url, createOrder(':customer::uuid'), load, customers, onWarm),
        )
        burned += (await transactionIds(database)) - before
        return measured
      },
    }
    const selected = {
      name: 'select by index',
      run: (seconds: number) =>
        withServerTime(server, (onWarm) =>
          runOwnLoad(database.url, select, { seconds, clients: bench.clients }, customers, onWarm),
        ),
    }
    const pairs = await alternate(refused, selected, bench)
    const microseconds = (of: 'a' | 'b') => medianOf(pairs, of, (measured) => measured.serverMicroseconds)
    return {
      ratios: [
        ratioOf('a refused create / select of the active row by index', [refused, selected], pairs, 0.75),
        ratioOf('the same, 99th percentile', [refused, selected], pairs, undefined, p99Of),
      ],
      facts: [
        { name: 'transaction ids that all refusals took', value: burned, unit: '', goal: '0', isMet: burned === 0 },
        { name: 'server time per refusal', value: microseconds('a'), unit: 'µs' },
        { name: 'server time per select', value: microseconds('b'), unit: 'µs' },
      ],
      curves: [],
      pairs: { refused: pairs },
    }
  })
}

export const refused: Row = {
  name: 'refused',
  about: 'a refused create / select of the active row; transaction ids',
  run,
}
