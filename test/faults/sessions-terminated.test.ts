// Somebody, or a failover's proxy, ends database sessions faster than anybody would by hand.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'
import { ask, startCluster } from './cluster.ts'
import { losses, noLosses } from './load.ts'
import { nextSweep } from './sweeps.ts'
import { expectServed, report, underLoad } from './under-load.ts'

const PER_SECOND = 10
const SECONDS = 60

const cluster = await startCluster()
const program = await startProgram({ DATABASE_URL: cluster.url })

/** Any one of the service's sessions, the worker's and the health check's included. */
const terminateOne = `select pg_terminate_backend(pid) as is_ended from pg_stat_activity
  where backend_type = 'client backend' and datname = 'weelo' order by random() limit 1`

/** One that was chosen may end before it is ended, and for a moment there may be none. */
async function isOneEnded(): Promise<boolean> {
  const [row] = await ask<{ is_ended: boolean }>(cluster.superuserUrl, terminateOne)
  return row?.is_ended === true
}

/** Ten a second, by the clock: what one takes longer the next makes up for. */
async function terminate(): Promise<void> {
  const begunAt = performance.now()
  for (let n = 0; n < PER_SECOND * SECONDS; n++) {
    await until(isOneEnded, 'a session is ended')
    await sleep(Math.max(0, begunAt + (n + 1) * (1000 / PER_SECOND) - performance.now()))
  }
}

test('customers get a 503 or an order while ten sessions a second are terminated, and it goes on as before', async () => {
  let lasted = Number.NaN
  const result = await underLoad(program, async () => {
    const begunAt = performance.now()
    await terminate()
    lasted = (performance.now() - begunAt) / 1000
    return { mended: performance.now() }
  })
  report(`${PER_SECOND} pg_terminate_backend a second for ${SECONDS} s`, {
    'seconds that it took': lasted.toFixed(1),
    ...result.figures,
  })
  expect(lasted).toBeLessThan(SECONDS + 1)
  expect(await losses(cluster.url, result.granted)).toEqual(noLosses)
  expectServed(result)
})

test('afterwards the worker goes on sweeping', () => nextSweep(cluster.url))
