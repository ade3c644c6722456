// Whether what a phone asks most knows how many old orders there are: check-active and status, of customers who search.
// Our own loader on both sides, since each call asks for another customer.
import { type Booked, book, closeEverything } from '../customers.ts'
import { runOwnLoad, withServerTime } from '../load/statements.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'
import { restLogin } from '../service.ts'

const CUSTOMERS = 1_000

const reads = {
  'check-active': 'select rest.check_active(:customer::uuid) as body',
  status: 'select rest.order_status(:customer::uuid, :order::uuid) as body',
}

async function run(bench: Bench): Promise<RowResult> {
  const { server, old, none } = await bench.seeded()
  const empty = await none()
  await closeEverything(old)
  const found = await old.ask<{ customer: string }>(
    `select md5('customer ' || n * greatest($1::bigint / 5 / $2, 1))::uuid as customer from generate_series(0, $2::bigint - 1) n`,
    [bench.rows, CUSTOMERS],
  )
  const customers = found.map(({ customer }) => customer)
  const booked = { old: await book(old, customers), none: await book(empty, customers) }
  for (const database of [old, empty]) await database.asSuperuser('vacuum analyze app.orders')
  const urls = { old: await restLogin(old), none: await restLogin(empty) }
  const result: RowResult = { ratios: [], facts: [], curves: [], pairs: {} }
  for (const [read, text] of Object.entries(reads)) {
    const side = (name: string, url: string, who: Booked[]) => ({
      name,
      run: (seconds: number) =>
        withServerTime(server, (onWarm) =>
          runOwnLoad(url, { text, values: {} }, { seconds, clients: bench.clients }, who, onWarm),
        ),
    })
    const sides = [
      side(`with ${bench.rows} old orders`, urls.old, booked.old),
      side('with none', urls.none, booked.none),
    ] as const
    const pairs = await alternate(...sides, bench)
    result.ratios.push(
      ratioOf(`${read} with ${bench.rows} old orders / with none`, [...sides], pairs, 0.95),
      ratioOf('the same, 99th percentile', [...sides], pairs, undefined, p99Of),
    )
    const microseconds = (of: 'a' | 'b') => medianOf(pairs, of, (measured) => measured.serverMicroseconds)
    result.facts.push(
      { name: `server time per ${read} with ${bench.rows} old orders`, value: microseconds('a'), unit: 'µs' },
      { name: `server time per ${read} with none`, value: microseconds('b'), unit: 'µs' },
    )
    Object.assign(result.pairs ?? {}, { [read]: pairs })
  }
  await closeEverything(old)
  return result
}

export const readsRow: Row = {
  name: 'reads',
  about: 'check-active and status beside millions of old orders / none',
  run,
}
