// Power off: a SIGKILL of the postmaster and every backend at once. What the kernel was given survives it, so this
// shows that nothing is acknowledged before its WAL is written; that the disk has it too rests on fsync, which is on.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'
import { tally } from '../support/scale.ts'
import { until } from '../support/until.ts'
import { ask, startCluster } from './cluster.ts'
import { losses, noLosses, quantile, startWriters, type Writers } from './load.ts'
import { nextSweep } from './sweeps.ts'
import { recoveryMs, report } from './under-load.ts'

const KILLS = 20
const WRITERS = 64
/** Of load between two kills: a part of it in proportion, so that kills meet every phase of a checkpoint and a sweep. */
const LOAD_MS = 2_000

const cluster = await startCluster({ settings: ['checkpoint_timeout=30s'] })
const program = await startProgram({ DATABASE_URL: cluster.url })

/** Kills it, starts it again at once as a supervisor would, and returns the ms until creates are granted again. */
async function killOnce({ attempts }: Writers): Promise<number> {
  const killedAt = performance.now()
  await cluster.kill()
  await cluster.start()
  return recoveryMs(attempts, killedAt)
}

test('twenty kills of PostgreSQL under 64 writers lose no order that was acknowledged and make none twice', async () => {
  const writers = startWriters(() => program.url, WRITERS)
  const recoveries: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(LOAD_MS * (0.5 + Math.random()))
    recoveries.push(await killOnce(writers))
  }
  await until(async () => (await fetch(`${program.url}/readyz`)).status === 200, 'the service is ready')
  await writers.stop()
  const { attempts, granted, wrong } = writers
  const found = await losses(cluster.url, granted)
  report(`PostgreSQL killed ${KILLS} times under ${WRITERS} writers`, {
    'recovery ms, median': Math.round(quantile(recoveries, 0.5)),
    'recovery ms, max': Math.round(Math.max(...recoveries)),
    'orders acknowledged': granted.length,
    'of them after a retry': granted.filter((each) => each.attempts > 1).length,
    'of them placed by an attempt that was not acknowledged': attempts.filter(({ status }) => status === 200).length,
    answers: JSON.stringify(tally(attempts.map(({ status }) => status))),
    'slowest answer ms': Math.round(Math.max(...attempts.map(({ ms }) => ms))),
    ...found,
  })
  expect(found).toEqual(noLosses)
  expect(wrong).toEqual([])
  expect(attempts.filter(({ status }) => status === 0)).toEqual([])
  expect(Math.max(...recoveries)).toBeLessThan(10_000)
})

test('after the kills every index holds every row, and the worker goes on sweeping', async () => {
  const superuser = Object.assign(new URL(cluster.superuserUrl), { pathname: '/weelo' }).href
  await ask(superuser, 'create extension if not exists amcheck')
  const indexes = await ask(
    superuser,
    `select bt_index_check(i.indexrelid, true, i.indisunique) from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = 'app'::regnamespace and c.relam = (select oid from pg_am where amname = 'btree')`,
  )
  expect(indexes.length).toBeGreaterThan(10)
  await nextSweep(cluster.url)
})

test('a server that acknowledges before it has written is found out by the same count', async () => {
  for (const setting of ['synchronous_commit = off', "wal_writer_delay = '10 s'"])
    await ask(cluster.superuserUrl, `alter system set ${setting}`)
  await ask(cluster.superuserUrl, 'select pg_reload_conf()')
  const writers = startWriters(() => program.url, WRITERS)
  await sleep(LOAD_MS)
  await killOnce(writers)
  await writers.stop()
  const lost = (await losses(cluster.url, writers.granted))?.lost
  report('PostgreSQL killed once with synchronous_commit off', { 'acknowledged orders lost': lost ?? 'none' })
  expect(lost).toBeGreaterThan(0)
})
