// The disk of the database is full, once of everything, once of its log (WAL) alone. Needs root, to mount small disks.
import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { losses, noLosses, type Writers } from './load.ts'
import { smallDisk } from './small-disk.ts'
import { nextSweep } from './sweeps.ts'
import { expectServed, report, underLoad } from './under-load.ts'

const FULL_MS = 10_000
/** The log's last segment, or what is free in the tables' last pages. */
const FILLS_WITHIN_MS = 60_000
const FILL_EVERY_MS = 250

const disk = smallDisk(320)
const logDisk = smallDisk(256)
/** A log that is recycled early leaves room for the load before and after; the other must want to grow. */
const onOneDisk = await startCluster({ folder: disk.folder, settings: ['max_wal_size=96MB', 'min_wal_size=32MB'] })
const withLogApart = await startCluster({ settings: ['min_wal_size=32MB'] })
await moveLog(withLogApart, logDisk.folder)

/** As an operator would: the server stopped, a link left in its place. */
async function moveLog({ data, stop, start }: Cluster, to: string): Promise<void> {
  await stop()
  execFileSync('mv', [join(data, 'pg_wal'), to])
  symlinkSync(join(to, 'pg_wal'), join(data, 'pg_wal'))
  await start()
}

/**
 * Fills the disk and keeps it full, with whatever the server frees, until creates are refused and for a while after.
 * Then frees it, and starts a server that has ended, as a supervisor would.
 */
async function whileFull({ on, server, endsServer }: Case, url: string, { attempts }: Writers) {
  const begunAt = performance.now()
  const isRefused = () => attempts.some(({ at, status }) => at > begunAt && status === 503)
  const keepFull = async (isOver: () => boolean) => {
    while (!isOver()) {
      await on.fill()
      await sleep(FILL_EVERY_MS)
    }
  }
  await keepFull(() => isRefused() || performance.now() > begunAt + FILLS_WITHIN_MS)
  const refusedAt = performance.now()
  await keepFull(() => performance.now() > refusedAt + FULL_MS)
  if (endsServer) await until(async () => !server.isRunning(), 'the server has ended')
  const readyz = (await fetch(`${url}/readyz`)).status
  const mended = performance.now()
  await on.free()
  if (endsServer) await server.start()
  const yes = attempts.filter(({ at, status }) => at > refusedAt && at < mended && status !== 503).length
  return { mended, readyz, yes, until: refusedAt - begunAt }
}

type Facts = Awaited<ReturnType<typeof whileFull>>

type Case = { full: string; on: ReturnType<typeof smallDisk>; server: Cluster; endsServer: boolean }

test.each<Case>([
  // Tables cannot grow: the statement fails and the server lives on.
  { full: 'the whole disk', server: onOneDisk, on: disk, endsServer: false },
  // What the log cannot take was never acknowledged: the server gives up, and cannot start until there is room.
  { full: 'the disk of the log alone', server: withLogApart, on: logDisk, endsServer: true },
])('customers get a clear 503 while $full is full, and nothing is half-written', async (given) => {
  const { full, server } = given
  const program = await startProgram({ DATABASE_URL: server.url })
  let facts: Facts | undefined
  const result = await underLoad(program, async (writers) => {
    facts = await whileFull(given, program.url, writers)
    return facts
  })
  const found = await losses(server.url, result.granted)
  report(`${full} full for ${FULL_MS / 1000} s`, {
    'ended the server': String(given.endsServer),
    'ms until creates were refused': Math.round(facts?.until ?? Number.NaN),
    'creates granted after that': facts?.yes ?? 'none',
    '/readyz while full': facts?.readyz ?? 'none',
    ...result.figures,
    ...found,
  })
  expect(found).toEqual(noLosses)
  expect(result.refusals).not.toEqual({})
  expectServed(result)
  expect(result.recoveryMs).toBeLessThan(10_000)
  await nextSweep(server.url)
  await program.end('SIGTERM')
})
