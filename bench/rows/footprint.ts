// What a process of the service takes: memory at so many creates a second, and the time from its start to its first answer.
import { type Measured, median } from '../measured.ts'
import type { Bench, Fact, Row, RowResult } from '../row.ts'
import { restLogin, runHttpLoad, startService } from '../service.ts'

const GOAL_START_MS = 1_000

async function run(bench: Bench): Promise<RowResult> {
  const database = await (await bench.server()).database('bench_footprint')
  const restUrl = await restLogin(database)
  const starts: number[] = []
  for (let time = 0; time <= bench.pairs; time++) {
    const service = await startService(restUrl)
    starts.push(service.startMs)
    await service.stop()
  }
  const [first = Number.NaN, ...warm] = starts
  bench.log(`first start ${first.toFixed(0)} ms, warm ${warm.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  const memory = await memoryUnderLoad(restUrl, bench)
  const warmMs = median(warm)
  const start: Fact[] = [
    { name: 'start to first answer, the first', value: first, unit: 'ms' },
    { name: 'start to first answer, warm', value: warmMs, unit: 'ms', goal: '< 1 s', isMet: warmMs < GOAL_START_MS },
  ]
  return { ratios: [], facts: [...start, ...memory.facts], curves: [], pairs: { load: [memory.measured] } }
}

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
      megabytes('memory of an idle service', idle?.resident),
      megabytes(`memory at ${measured.perSecond.toFixed(0)} creates/s`, loaded?.resident),
      megabytes('memory per 1,000 creates/s', loaded && loaded.resident / thousands),
      megabytes('memory at most', loaded?.peak),
    ],
  }
}

export const footprint: Row = { name: 'footprint', about: 'memory and start of a service process', run }
