// A deploy under load: each process is told to stop, and no request notices.
import { expect, it } from 'vitest'
import { range } from '../support/scale.ts'
import { startPair } from './balancer.ts'
import { startCluster } from './cluster.ts'
import { losses, noLosses, quantile, startWriters } from './load.ts'
import { report } from './under-load.ts'

const STOPS = 50
const WRITERS = 8
/** Ten looks of the balancer. */
const DRAIN_SECONDS = '2'

it('no request fails while two processes are stopped in turn, and each ends by itself in time', async () => {
  const cluster = await startCluster()
  const pair = await startPair(cluster.url, { DRAIN_SECONDS })
  const startedAt = performance.now()
  const writers = startWriters(() => pair.url, WRITERS)
  const ends = []
  for (const n of range(STOPS)) ends.push(await pair.replace(n, 'SIGTERM'))
  const rate = writers.rateSince(startedAt)
  await writers.stop()

  const failed = writers.attempts.filter(({ status }) => status !== 200 && status !== 201)
  const durations = ends.map((end) => end.durationMs)
  const stopMsMax = Math.max(...durations)
  report('service-stopped', {
    stops: ends.length,
    creates: writers.attempts.length,
    'failed requests': failed.length,
    'of them while no process was ready': pair.unserved(),
    'creates per second': Math.round(rate),
    'slowest create ms': Math.round(Math.max(...writers.attempts.map(({ ms }) => ms))),
    'median stop ms, the drain included': Math.round(quantile(durations, 0.5)),
    'slowest stop ms': Math.round(stopMsMax),
  })
  expect([failed, pair.broken]).toEqual([[], []])
  expect(writers.attempts.length).toBeGreaterThan(STOPS * WRITERS)
  expect(ends.filter(({ code }) => code !== 0)).toEqual([])
  expect(stopMsMax).toBeLessThan(10_000)
  expect(await losses(cluster.url, writers.granted)).toEqual(noLosses)
})
