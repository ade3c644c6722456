// What HTTP with everything on costs: POST /orders at the real service against the same function from pgbench.
import { runLoad, withServerTime } from '../load/statements.ts'
import { restCreateOrder } from '../orders.ts'
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'
import { restLogin, runHttpLoad, startService } from '../service.ts'

async function run(bench: Bench): Promise<RowResult> {
  const server = await bench.server()
  const database = await server.database('bench_http')
  const restUrl = await restLogin(database)
  const service = await startService(restUrl)
  await database.asSuperuser('checkpoint')
  const overHttp = {
    name: 'POST /orders',
    run: (seconds: number) => withServerTime(server, (onWarm) => runHttpLoad(service, seconds, bench.clients, onWarm)),
  }
  const direct = {
    name: `rest.create_order from ${bench.pgbench ? 'pgbench' : 'our loader'}`,
    run: (seconds: number) =>
      withServerTime(server, (onWarm) => runLoad(bench, restUrl, restCreateOrder, seconds, onWarm)),
  }
  const pairs = await alternate(overHttp, direct, bench)
  await service.stop()
  return {
    ratios: [
      ratioOf(`POST /orders over HTTP / the same function, ${bench.clients} in flight`, [overHttp, direct], pairs, 0.5),
      ratioOf('the same, 99th percentile', [overHttp, direct], pairs, undefined, p99Of),
    ],
    facts: [
      { name: 'creates per second over HTTP', value: medianOf(pairs, 'a', (m) => m.perSecond), unit: '/s' },
      { name: 'service time per create', value: medianOf(pairs, 'a', (m) => m.serviceMicroseconds), unit: 'µs' },
      {
        name: 'server time per create over HTTP',
        value: medianOf(pairs, 'a', (m) => m.serverMicroseconds),
        unit: 'µs',
      },
      { name: 'server time per create, direct', value: medianOf(pairs, 'b', (m) => m.serverMicroseconds), unit: 'µs' },
    ],
    curves: [],
    pairs: { http: pairs },
  }
}

export const http: Row = { name: 'http', about: 'POST /orders, everything on / the same function from pgbench', run }
