// The service believes in another time or place than the database. Orders are judged by the database's clock alone.
import { globSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Environment, startProgram } from '../support/program.ts'
import { range } from '../support/scale.ts'
import { until } from '../support/until.ts'
import { ask, type Cluster, startCluster } from './cluster.ts'
import { decide, expected } from './decisions.ts'
import { type Deployed, deploy } from './deployed.ts'
import { nextSweep } from './sweeps.ts'
import { report } from './under-load.ts'

const CUSTOMERS = 100
/** An order's createdAt is some requests old when the last answer that shows it comes. */
const TIMES_AGREE_MS = 5_000
/** The crontab's two minutes, on a machine that has other things to do. */
const TICK_MS = 150_000
const HOUR_MS = 3_600_000

const clocks = [
  { clock: '+1h', offsetMs: HOUR_MS },
  { clock: '-1h', offsetMs: -HOUR_MS },
  { clock: '+1d', offsetMs: 24 * HOUR_MS },
  { clock: '-1d', offsetMs: -24 * HOUR_MS },
]

/** What makes a process of ours see another time; its timers go on as they are. */
function wrongBy(clock: string): Environment {
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (!library) throw new Error('libfaketime is not installed: apt-get install faketime, on Debian.')
  return { LD_PRELOAD: library, FAKETIME: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}

describe.each([
  { name: 'the right clock', env: {}, offsetMs: 0 },
  ...clocks.map(({ clock, offsetMs }) => ({ name: `the clock ${clock}`, env: wrongBy(clock), offsetMs })),
  { name: 'TZ=Asia/Kolkata', env: { TZ: 'Asia/Kolkata' }, offsetMs: 0 },
  { name: 'TZ=America/New_York', env: { TZ: 'America/New_York' }, offsetMs: 0 },
])('with $name', ({ name, env, offsetMs }) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })

  it('every decision is the same and every time is the database’s, in UTC', async () => {
    const deployed = await deploy(cluster.url)
    const program = await startProgram({ ...deployed('weelo-clock'), ...env })
    const ownTime = Number(program.lines().find(({ msg }) => msg === 'started')?.time) - Date.now()
    expect(Math.abs(ownTime - offsetMs)).toBeLessThan(10_000)

    const { told, times, offsets } = await decide(program.url, cluster.url, CUSTOMERS)
    expect((await program.end('SIGTERM')).code).toBe(0)
    const unchanged = told.flatMap((decisions) => decisions.filter((decision, n) => decision === expected[n])).length
    const worst = Math.max(...offsets.map(Math.abs))
    report(`clock-wrong, ${name}`, {
      'decisions unchanged': `${unchanged} of ${CUSTOMERS * expected.length}`,
      'times told': times.length,
      'ms between told and true now, at most': Math.round(worst),
    })
    expect(told).toEqual(range(CUSTOMERS).map(() => expected))
    expect(times.length).toBeGreaterThan(CUSTOMERS * expected.length)
    expect(times.filter((time) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time))).toEqual([])
    expect(offsets.length).toBeGreaterThan(0)
    expect(worst).toBeLessThan(TIMES_AGREE_MS)
  })
})

describe('a worker whose clock was wrong', () => {
  it('sweeps at the next tick after the clock is right again and it was started anew', async () => {
    const cluster = await startCluster()
    const places: { clock: string; url: string; deployed: Deployed }[] = []
    for (const { clock } of clocks) {
      const url = Object.assign(new URL(cluster.url), { pathname: `/weelo${clock}` }).href
      await ask(cluster.url, `create database "weelo${clock}"`)
      places.push({ clock, url, deployed: await deploy(url) })
    }
    const outcomes = await Promise.all(places.map(async (place) => [place.clock, await sweepsAfter(place)] as const))
    report('clock-wrong, the worker after it', Object.fromEntries(outcomes))
    expect(outcomes).toEqual(clocks.map(({ clock }) => [clock, 'sweeps']))
  })

  type Place = { clock: string; url: string; deployed: Deployed }

  /** All four at once: each waits for the crontab's two minutes, twice. */
  async function sweepsAfter({ clock, url, deployed }: Place): Promise<string> {
    const wrong = await startProgram({ ...deployed('wrong'), ROLE: 'worker', ...wrongBy(clock) })
    const ticks =
      "select from graphile_worker._private_known_crontabs where identifier = 'expire_due_orders' and last_execution is not null"
    await until(async () => (await ask(url, ticks)).length > 0, 'its clock has called', TICK_MS)
    await wrong.end('SIGTERM')
    const right = await startProgram({ ...deployed('right'), ROLE: 'worker' })
    await until(async () => right.lines().some(({ tag }) => tag === 'CleanupJob'), 'it has swept at its start')
    const isSwept = await nextSweep(url).then(
      () => true,
      () => false,
    )
    await right.end('SIGTERM')
    return isSwept ? 'sweeps' : 'does not sweep'
  }
})
