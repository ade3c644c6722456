// What a process of the service takes: memory at so many creates a second, and the time from its start to its first answer.
import { fixed, type Measured, median } from '../measured.ts'
import type { Bench, Fact, Row, RowResult } from '../row.ts'
import { restLogin, runHttpLoad, startService } from '../service.ts'

const GOAL_START_MS = 1_000

async function run(bench: Bench): Promise<RowResult> {
  const database = await (await bench.server()).database('bench_footprint')
  const restUrl = await restLogin(database)
  const starts: { livez?: number; readyz?: number }[] = []
  for (let time = 0; time <= bench.pairs; time++) {
    const service = await startService(restUrl)
    starts.push(service.answeredMs)
    await service.stop()
  }
  const memory = await memoryUnderLoad(restUrl, bench)
  const start = (['livez', 'readyz'] as const).flatMap((path) => {
    const [first = Number.NaN, ...later] = starts.map((start) => start[path] ?? Number.NaN)
    bench.log(`/${path}: first start ${fixed(first)} ms, later ${later.map((ms) => fixed(ms)).join(', ')} ms`)
    return startFacts(`start to first answer of /${path}`, first, median(later))
  })
  return { ratios: [], facts: [...start, ...memory.facts], curves: [], pairs: { load: [memory.measured] } }
}

/** The first start of a run is not a cold one: whoever ran before has left the files in memory. */
const startFacts = (name: string, first: number, later: number): Fact[] => [
  { name: `${name}, the first start of the run`, value: first, unit: 'ms' },
  { name: `${name}, starts after it`, value: later, unit: 'ms', goal: '< 1 s', isMet: later < GOAL_START_MS },
]

async function memoryUnderLoad(
  restUrl: string,
  { seconds, clients }: Bench,
): Promise<{ facts: Fact[]; measured: Measured }> {
  const service = await startService(restUrl)
  const idle = service.memory()
  await runHttpLoad(service, Math.max(1, seconds / 3), clients)
  const measured = await runHttpLoad(service, seconds, clients)
  const loaded = service.memory()
  await service.stop()
  const thousands = measured.perSecond / 1_000
  const megabytes = (name: string, value = Number.NaN): Fact => ({ name, value, unit: 'MB' })
  return {
    measured,
    facts: [
      megabytes('resident memory of an idle service', idle?.resident),
      megabytes(
        `resident memory after ${fixed(measured.perSecond)} creates/s, what it takes when idle included`,
        loaded?.resident,
      ),
      megabytes('the same, divided by thousands of creates/s', loaded && loaded.resident / thousands),
      megabytes('resident memory at most', loaded?.peak),
    ],
  }
}

export const footprint: Row = { name: 'footprint', about: 'memory and start of a service process', run }
