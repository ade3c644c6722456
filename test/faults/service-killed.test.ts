// A process dies without a word, again and again: phones try again with their key, and nothing is there twice.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { passwordsIn } from '../../src/db/embedded-passwords.ts'
import { familyOf, isAlive, postmasterOf, startProgram, temporaryFolder } from '../support/program.ts'
import { range } from '../support/scale.ts'
import { until } from '../support/until.ts'
import { type Ended, startPair } from './balancer.ts'
import { ask, startCluster } from './cluster.ts'
import { losses, noLosses, startWriters } from './load.ts'
import { report } from './under-load.ts'

const KILLS = 50
const WRITERS = 8
/** What a killed process leaves to the database is gone after this. */
const SESSIONS_GONE_MS = 5_000
const KILLS_WITH_ITS_OWN_SERVER = 5
const GRANTS_BETWEEN_KILLS = 200
/** It is told to stop by a pipe that closes; its sessions are ended, its data written. */
const SERVER_GONE_MS = 5_000

it('every key ends with one order, and neither processes nor sessions are left of those that were killed', async () => {
  const cluster = await startCluster()
  const pair = await startPair(cluster.url)
  const writers = startWriters(() => pair.url, WRITERS)
  const killed: Ended[] = []
  for (const n of range(KILLS)) killed.push(await pair.replace(n, 'SIGKILL'))
  await writers.stop()

  const last = await Promise.all([pair.end(0, 'SIGKILL'), pair.end(1, 'SIGKILL')])
  const diedAt = performance.now()
  const names = [...killed, ...last].map(({ sessions }) => sessions)
  const sessions = () => ask(cluster.url, 'select from pg_stat_activity where application_name = any($1)', [names])
  await until(async () => (await sessions()).length === 0, 'no session of theirs is left', SESSIONS_GONE_MS)
  const goneAt = performance.now()

  const broken = writers.attempts.filter(({ status }) => status === 0).length
  const processesLeft = [...killed, ...last].flatMap(({ family }) => family).filter(isAlive).length
  report('service-killed', {
    kills: killed.length,
    'orders granted': writers.granted.length,
    'broken requests': broken,
    'granted after a retry': writers.granted.filter(({ attempts }) => attempts > 1).length,
    'most attempts': Math.max(...writers.granted.map(({ attempts }) => attempts)),
    'processes left': processesLeft,
    'ms until the last sessions were gone': Math.round(goneAt - diedAt),
  })
  expect(broken).toBeGreaterThan(0)
  expect(writers.wrong).toEqual([])
  expect(processesLeft).toBe(0)
  expect(await losses(cluster.url, writers.granted)).toEqual(noLosses)
})

/** The owner's login on the server that runs in this folder. */
function urlOf(dataDir: string): string {
  const port = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]
  return `postgresql://weelo:${passwordsIn(join(dataDir, 'pgpass')).weelo}@127.0.0.1:${port}/weelo`
}

it('a program with a PostgreSQL of its own leaves none behind, and the next finds what was granted', async () => {
  const dataDir = temporaryFolder()
  let program = await startProgram({ DATA_DIR: dataDir })
  const writers = startWriters(() => program.url, WRITERS)
  const [familySizes, goneMs]: [number[], number[]] = [[], []]
  for (const n of range(KILLS_WITH_ITS_OWN_SERVER)) {
    await until(async () => writers.granted.length >= (n + 1) * GRANTS_BETWEEN_KILLS, 'creates are granted')
    const family = familyOf(program.pid)
    expect(family).toContain(postmasterOf(dataDir))
    await program.end('SIGKILL')
    const diedAt = performance.now()
    await until(async () => !family.some(isAlive), 'no process of it is left', SERVER_GONE_MS)
    goneMs.push(performance.now() - diedAt)
    familySizes.push(family.length)
    program = await startProgram({ DATA_DIR: dataDir })
  }
  await writers.stop()
  report('service-killed, with its own PostgreSQL', {
    kills: goneMs.length,
    'orders granted': writers.granted.length,
    'processes of each, at least': Math.min(...familySizes),
    'ms until the last process was gone, at most': Math.round(Math.max(...goneMs)),
  })
  expect(writers.wrong).toEqual([])
  expect(await losses(urlOf(dataDir), writers.granted)).toEqual(noLosses)
})
