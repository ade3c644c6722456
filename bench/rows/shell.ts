// What our HTTP shell costs: the same create at the service and at a bare node:http server on the same driver.
import { alternate, medianOf, p99Of, ratioOf } from '../pairs.ts'
import type { Bench, Row, RowResult } from '../row.ts'
import { restLogin, runHttpLoad, type Service, startBareServer, startService } from '../service.ts'

async function run(bench: Bench): Promise<RowResult> {
  const database = await (await bench.server()).database('bench_shell')
  const restUrl = await restLogin(database)
  const [service, bare] = [await startService(restUrl), await startBareServer(restUrl)]
  await database.asSuperuser('checkpoint')
  const side = (name: string, program: Service) => ({
    name,
    run: (seconds: number) => runHttpLoad(program, seconds, bench.clients),
  })
  const sides = [side('this service', service), side('bare node:http and pg', bare)] as const
  const pairs = await alternate(...sides, bench)
  await service.stop()
  await bare.stop()
  const microseconds = (of: 'a' | 'b') => medianOf(pairs, of, (measured) => measured.serviceMicroseconds)
  return {
    ratios: [
      ratioOf(
        `the HTTP shell: this service / bare node:http and pg, ${bench.clients} in flight`,
        [...sides],
        pairs,
        0.85,
      ),
      ratioOf('the same, 99th percentile', [...sides], pairs, undefined, p99Of),
    ],
    facts: [
      { name: 'service time per create, this service', value: microseconds('a'), unit: 'µs' },
      { name: 'service time per create, bare', value: microseconds('b'), unit: 'µs' },
    ],
    curves: [],
    pairs: { shell: pairs },
  }
}

export const shell: Row = { name: 'shell', about: 'the HTTP shell: this service / bare node:http and pg', run }
