// What a sweep costs when nothing is due, beside millions of old orders: it runs every two minutes for ever.
import pg from 'pg'
import { closeEverything } from '../customers.ts'
import { median } from '../measured.ts'
import type { Bench, Row, RowResult } from '../row.ts'
import type { Database } from '../server.ts'

const TIMES = 200
const FIRST = 10
const GOAL_MS = 1
const GOAL_BUFFERS = 20

type Plan = { 'Shared Hit Blocks': number; 'Shared Read Blocks': number }
type Explained = { Plan: Plan; 'Execution Time': number }

async function run(bench: Bench): Promise<RowResult> {
  const { old } = await bench.seeded()
  await closeEverything(old)
  const runs = await explained(old)
  const ms = runs.map((run) => run['Execution Time'])
  const buffers = runs.map(({ Plan }) => Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'])
  const [time, most] = [median(ms), Math.max(...buffers)]
  const beside = `an empty sweep beside ${bench.rows} old orders`
  bench.log(`${time.toFixed(3)} ms, at most ${Math.max(...ms).toFixed(3)} ms; ${most} buffers`)
  return {
    ratios: [],
    facts: [
      { name: beside, value: time, unit: 'ms', goal: `< ${GOAL_MS} ms`, isMet: time < GOAL_MS },
      { name: `${beside}, longest of ${TIMES}`, value: Math.max(...ms), unit: 'ms' },
      { name: beside, value: most, unit: 'buffers', goal: `< ${GOAL_BUFFERS}`, isMet: most < GOAL_BUFFERS },
    ],
    curves: [],
  }
}

/** One call: a tick of the worker makes two, on a session each. The first runs, which compile and plan, are not counted. */
async function explained({ url }: Database): Promise<Explained[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const runs: Explained[] = []
  for (let time = 1; time <= FIRST + TIMES; time++) {
    const { rows } = await client.query(`explain (analyze, buffers, format json) select api.expire_due_orders(500)`)
    runs.push(rows[0]['QUERY PLAN'][0])
  }
  await client.end()
  return runs.slice(FIRST)
}

export const emptySweep: Row = {
  name: 'empty-sweep',
  about: 'a sweep with nothing to do beside millions of old orders',
  run,
}
