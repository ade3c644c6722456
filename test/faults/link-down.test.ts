// The way to the database is gone for half a minute. Nobody is left waiting, and all is well as soon as it is back.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { startProgram } from '../support/program.ts'
import { tally } from '../support/scale.ts'
import { request } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startCluster } from './cluster.ts'
import { deploy } from './deployed.ts'
import { makeLink } from './link.ts'
import { type Attempt, type Granted, losses, noLosses, startWriters } from './load.ts'
import { nextSweep } from './sweeps.ts'
import { report } from './under-load.ts'

const CUT_MS = 30_000
const WRITERS = 16
const ANSWER_LIMIT_MS = 3_000
const NOTICE_LIMIT_MS = 5_000
const HEAL_LIMIT_MS = 5_000
/** Load before the cut and after the healing, so that what fails late is seen. */
const AROUND_MS = 10_000

const failures = (attempts: Attempt[]) => attempts.filter(({ status }) => status !== 200 && status !== 201)

/** Asks /readyz as a balancer does, from now on. */
function watchReadiness(url: string) {
  const seen: Attempt[] = []
  let isWatching = true
  const watching = (async () => {
    while (isWatching) {
      const at = performance.now()
      const { status } = await request(url, 'GET', '/readyz').catch(() => ({ status: 0 }))
      seen.push({ status, at, ms: performance.now() - at })
      await sleep(100)
    }
  })()
  const stop = async () => {
    isWatching = false
    await watching
  }
  return { seen, stop }
}

describe('the link to the database', async () => {
  const link = makeLink()
  afterAll(link.remove)
  const cluster = await startCluster({ host: link.host, clients: link.clients, prefix: link.prefix })
  const deployed = await deploy(cluster.url)
  const told: Granted[] = [] // by both ways, which have one database

  it.each([
    { how: 'unplugged, so that a new session is refused at once', cut: link.unplug, mend: link.plug },
    { how: 'silent, so that packets vanish', cut: link.silence, mend: link.hear },
  ])('is $how, for 30 s: requests are answered, and all is well soon after', async ({ how, cut, mend }) => {
    const program = await startProgram({ ...deployed('weelo-link') })
    const writers = startWriters(() => program.url, WRITERS)
    const readiness = watchReadiness(program.url)
    await sleep(AROUND_MS)
    expect(failures(writers.attempts)).toEqual([])

    const cutAt = performance.now()
    cut()
    await sleep(CUT_MS)
    const mendedAt = performance.now()
    mend()
    await until(async () => readiness.seen.some(({ at, status }) => at > mendedAt && status === 200), 'it is ready')
    await until(
      async () => writers.attempts.some(({ at, status }) => at > mendedAt && status === 201),
      'creates succeed',
    )
    await sleep(AROUND_MS)
    const rateAfter = writers.rateSince(performance.now() - AROUND_MS / 2)
    await Promise.all([writers.stop(), readiness.stop()])

    const failed = failures(writers.attempts)
    const unready = readiness.seen.filter(({ status }) => status !== 200)
    const endOf = (attempt: Attempt | undefined) => (attempt ? attempt.at + attempt.ms : Number.NaN)
    const figures = {
      noticed: endOf(unready[0]) - cutAt,
      slowest: Math.max(...[...writers.attempts, ...readiness.seen].map(({ ms }) => ms)),
      ready: endOf(readiness.seen.find(({ at, status }) => at > mendedAt && status === 200)) - mendedAt,
      served: endOf(writers.attempts.find(({ at, status }) => at > mendedAt && status === 201)) - mendedAt,
      lastFailure: Math.max(...[...failed, ...unready].map(({ at }) => at)) - mendedAt,
    }
    report(`link-down, ${how}`, {
      'answers that were no yes': JSON.stringify(tally(failed.map(({ status }) => status))),
      'slowest answer ms': Math.round(figures.slowest),
      'ms until not ready': Math.round(figures.noticed),
      'ms from mended until ready': Math.round(figures.ready),
      'ms from mended until a create succeeded': Math.round(figures.served),
      'ms from mended until the last request that failed began': Math.round(figures.lastFailure),
      'creates per second after': Math.round(rateAfter),
    })
    expect(writers.wrong).toEqual([])
    expect(Object.keys(tally(failed.map(({ status }) => status)))).toEqual(['503'])
    expect(figures.slowest).toBeLessThan(ANSWER_LIMIT_MS)
    expect(figures.noticed).toBeLessThan(NOTICE_LIMIT_MS)
    expect(figures.ready).toBeLessThan(HEAL_LIMIT_MS)
    expect(figures.served).toBeLessThan(HEAL_LIMIT_MS)
    expect(figures.lastFailure).toBeLessThan(HEAL_LIMIT_MS)
    told.push(...writers.granted)
    expect(await losses(cluster.url, told)).toEqual(noLosses)
    await nextSweep(cluster.url)
    expect((await program.end('SIGTERM')).code).toBe(0)
  })
})
