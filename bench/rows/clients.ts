// How creates grow with those that create at once, beside the bare statement: where the curves part, rules cost; where both
// are flat, the machine is full.
import { makeCopies } from '../copies.ts'
import { runLoad } from '../load/statements.ts'
import { createOrder, insertFourRows } from '../orders.ts'
import type { Bench, Row, RowResult } from '../row.ts'

const COUNTS = [1, 2, 4, 8, 16, 32, 64]

async function run(bench: Bench): Promise<RowResult> {
  const database = await (await bench.server()).database('bench_clients')
  await makeCopies(database)
  await database.asSuperuser('checkpoint')
  const kinds = { 'api.create_order': createOrder(), 'the same four rows in one statement': insertFourRows() }
  const series = Object.keys(kinds).map((name) => ({ name, points: [] as [number, number][] }))
  for (const statement of Object.values(kinds)) await runLoad(bench, database.url, statement, bench.seconds)
  for (const [index, clients] of COUNTS.entries()) {
    for (const [which, statement] of Object.values(kinds).entries()) {
      const { perSecond } = await runLoad({ ...bench, clients }, database.url, statement, bench.seconds)
      series[which]?.points.push([index, perSecond])
    }
    bench.log(`${clients} clients: ${series.map(({ points }) => points.at(-1)?.[1].toFixed(0)).join('/s and ')}/s`)
  }
  const axes = { x: 'clients', y: 'per second', categories: COUNTS.map(String) }
  return {
    ratios: [],
    facts: [],
    curves: [
      { name: 'create-by-clients', title: 'Creates per second by clients, and the bare inserts', ...axes, series },
    ],
  }
}

export const clients: Row = { name: 'clients', about: 'a curve: creates and bare inserts by 1 to 64 clients', run }
