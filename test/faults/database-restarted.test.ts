// A planned restart, and one that pulls the plug on every session.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'
import { startCluster } from './cluster.ts'
import { type Granted, losses, noLosses } from './load.ts'
import { nextSweep } from './sweeps.ts'
import { expectServed, report, underLoad } from './under-load.ts'

const DOWN_MS = 5_000

const cluster = await startCluster()
const program = await startProgram({ DATABASE_URL: cluster.url })
const told: Granted[] = []

test.each(['fast', 'immediate'] as const)(
  'customers get a 503 or an order while PostgreSQL is stopped with -m %s, and it goes on as before',
  async (mode) => {
    const result = await underLoad(program, async () => {
      await cluster.stop(mode)
      await sleep(DOWN_MS)
      const mended = performance.now()
      await cluster.start()
      return { mended }
    })
    report(`PostgreSQL stopped with -m ${mode} for ${DOWN_MS / 1000} s`, result.figures)
    told.push(...result.granted)
    expect(await losses(cluster.url, told)).toEqual(noLosses)
    expectServed(result)
    expect(result.recoveryMs).toBeLessThan(10_000)
  },
)

test('after the restarts the worker goes on sweeping', () => nextSweep(cluster.url))
