// Another program takes every place that PostgreSQL has (max_connections is 100) and does nothing with it.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'
import { startCluster } from './cluster.ts'
import { isYes, losses, noLosses, type Writers } from './load.ts'
import { nextSweep } from './sweeps.ts'
import { expectServed, report, underLoad } from './under-load.ts'

const HOLDERS = 300
const HELD_MS = 15_000
/** Of each holder that was refused: some four hundred tries a second together. */
const AGAIN_AFTER_MS = 500
const MAX_CONNECTIONS = 100
/** Without those that superuser_reserved_connections keeps. */
const PLACES = MAX_CONNECTIONS - 3
/** A try that is about to be refused has a place for a moment, and keeps another from getting it. */
const PLACES_IN_PASSING = 5
const TAKEN_WITHIN_MS = 60_000
/** What was in flight when the sessions were lost is long answered. */
const LATELY_MS = 5_000

const cluster = await startCluster({ settings: [`max_connections=${MAX_CONNECTIONS}`] })
const program = await startProgram({ DATABASE_URL: cluster.url })

/** 300 that hold a session each, or try again and again to get one. */
function hold() {
  const held = new Set<pg.Client>()
  let isReleased = false
  let refused = 0
  const lanes = Array.from({ length: HOLDERS }, async () => {
    while (!isReleased) {
      const client = new pg.Client({ connectionString: cluster.url, application_name: 'holder' })
      client.on('error', () => {})
      try {
        await client.connect()
        held.add(client)
        while (!isReleased) await sleep(AGAIN_AFTER_MS)
        held.delete(client)
      } catch {
        refused++
      }
      await client.end().catch(() => {})
      await sleep(AGAIN_AFTER_MS)
    }
  })
  const release = async () => {
    isReleased = true
    await Promise.all(lanes)
  }
  return { held: () => held.size, refused: () => refused, release }
}

/** Opened before: while everybody tries for a place, not even the three kept for superusers are free. */
const superuser = new pg.Client({ connectionString: cluster.superuserUrl })
await superuser.connect()
afterAll(() => superuser.end())

const terminateTheService = `select pg_terminate_backend(pid) from pg_stat_activity
  where backend_type = 'client backend' and datname = 'weelo' and application_name <> 'holder'`

/** Sessions that are not the holders', ours included; a try that has not got in yet is in no database. */
async function others(): Promise<number> {
  const { rows } = await superuser.query<{ n: number }>(`select count(*)::integer as n from pg_stat_activity
    where backend_type = 'client backend' and datname is not null and application_name <> 'holder'`)
  return rows[0]?.n ?? Number.NaN
}

const readyz = async () => (await fetch(`${program.url}/readyz`)).status

/** Beside the service's sessions, then instead of them: the service loses those that it gets again, too. */
async function holdBesideAndInstead({ attempts }: Writers) {
  const begunAt = performance.now()
  const refusedSince = (since: number) => attempts.filter(({ at, status }) => at > since && status === 503).length
  const holders = hold()
  await sleep(HELD_MS)
  const beside = { held: holders.held(), others: await others(), ready: await readyz(), refused: refusedSince(begunAt) }

  const isAllTaken = async () => {
    await superuser.query(terminateTheService)
    return holders.held() + 1 >= PLACES // the one is the superuser's
  }
  await until(isAllTaken, 'the holders have every place', TAKEN_WITHIN_MS)
  const takenAt = performance.now()
  await sleep(HELD_MS)
  const instead = {
    ready: await readyz(),
    granted: attempts.filter((attempt) => attempt.at > takenAt && isYes(attempt)).length,
    refused: refusedSince(takenAt),
    refusedLately: refusedSince(performance.now() - LATELY_MS),
  }
  const triesRefused = holders.refused()
  await holders.release()
  return { mended: performance.now(), beside, instead, triesRefused }
}

test('a service that has its sessions goes on beside 300 idle connections, and says 503 once it has lost them', async () => {
  let facts: Awaited<ReturnType<typeof holdBesideAndInstead>> | undefined
  await readyz() // as the balancer does all the time: the health check has its session
  const result = await underLoad(program, async (writers) => {
    facts = await holdBesideAndInstead(writers)
    return facts
  })
  if (!facts) throw new Error('nothing was held')
  const { beside, instead, triesRefused } = facts
  report(`${HOLDERS} idle connections, ${HELD_MS / 1000} s beside the service's sessions and as long instead of them`, {
    'connections held': beside.held,
    'connections of others': beside.others,
    'attempts refused': triesRefused,
    '/readyz beside': beside.ready,
    '503 beside': beside.refused,
    '/readyz instead': instead.ready,
    'creates granted instead': instead.granted,
    '503 instead': instead.refused,
    [`503 in the last ${LATELY_MS / 1000} s of it`]: instead.refusedLately,
    ...result.figures,
  })
  expect(beside).toMatchObject({ ready: 200, refused: 0 })
  expect(beside.held + beside.others).toBeGreaterThan(PLACES - PLACES_IN_PASSING)
  expect(triesRefused).toBeGreaterThan(0)
  expect(instead).toMatchObject({ ready: 503, granted: 0 })
  expect(instead.refusedLately).toBeGreaterThan(0)
  expect(await losses(cluster.url, result.granted)).toEqual(noLosses)
  expectServed(result)
  expect(result.recoveryMs).toBeLessThan(10_000)
})

test('afterwards the worker goes on sweeping', () => nextSweep(cluster.url))
