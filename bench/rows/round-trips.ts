// What one round trip is worth: api.create_order against finding, closing, finding, inserting and inserting from the
// application, each a statement and a transaction of its own, through one pool of the same size. The five write fewer rows
// (no event), hold no rule but the index, and have no triggers.
import { makeCopies } from '../copies.ts'
import { inSecondProcess } from '../load/job.ts'
import type { PoolJob } from '../load/pool-loader.ts'
import { withServerTime } from '../load/statements.ts'
import type { Measured } from '../measured.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'

/** As many as the service has for requests. */
const SESSIONS = 10

async function run(bench: Bench): Promise<RowResult> {
  const server = await bench.server()
  const database = await server.database('bench_round_trips')
  await makeCopies(database)
  await database.asSuperuser('checkpoint')
  const side = (name: string, way: PoolJob['way']) => ({
    name,
    run: (seconds: number) => {
      const job: PoolJob = { url: database.url, way, sessions: SESSIONS, inFlight: bench.clients, seconds }
      return withServerTime(server, (onWarm) => inSecondProcess<Measured>('pool-loader.ts', job, onWarm))
    },
  })
  const sides = [side('one call', 'one'), side('five round trips', 'five')] as const
  const pairs = await alternate(...sides, bench)
  return {
    ratios: [
      ratioOf(
        `this create / five round trips, each its own transaction, ${bench.clients} in flight on ${SESSIONS} sessions`,
        [...sides],
        pairs,
        2,
      ),
      ratioOf('the same, 99th percentile', [...sides], pairs, undefined, p99Of),
    ],
    facts: [
      {
        name: 'server time per create, one call',
        value: medianOf(pairs, 'a', (m) => m.serverMicroseconds),
        unit: 'µs',
      },
      { name: 'server time per create, five', value: medianOf(pairs, 'b', (m) => m.serverMicroseconds), unit: 'µs' },
    ],
    curves: [],
    pairs: { 'round-trips': pairs },
  }
}

export const roundTrips: Row = {
  name: 'round-trips',
  about: 'this create / five round trips, each its own transaction',
  run,
}
