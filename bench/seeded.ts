// A server with millions of old orders, made once and used by every row that asks, and a database without any beside it.
import { existsSync, statfsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { migrateDatabase } from '../src/db/migrate.ts'
import { fill, fillingSettings } from './seed.ts'
import { type Database, openDatabase, type Server, startServer, temporaryFolder } from './server.ts'

/** With its truck requests, events, indexes, and what sorting them needs for a moment. */
const BYTES_PER_ORDER = 2_000

export type Seeded = {
  server: Server
  /** With `rows` old orders, and with a tenth of them. */
  old: Database
  tenth: Database
  tenthRows: number
  /** Migrated and empty, made anew. */
  none: () => Promise<Database>
}

/** `data` is a folder that is kept: filled when it is new, and brought to this checkout's schema, as a deploy does, when it is not. */
export async function openSeeded(
  rows: number,
  settings: string[],
  data: string | undefined,
  log: (line: string) => void,
): Promise<Seeded> {
  const folder = data ?? temporaryFolder()
  const tenthRows = Math.ceil(rows / 10)
  if (!existsSync(join(folder, 'postgres'))) {
    refuseFullDisk(folder, rows + tenthRows)
    log(`filling a server with ${rows} old orders …`)
    const filling = await startServer([...settings, ...fillingSettings], folder)
    await fillDatabase(filling, 'bench_tenth', tenthRows, log)
    await fillDatabase(filling, 'bench_old', rows, log)
    await filling.stop()
  }
  const server = await startServer(settings, folder)
  const open = (name: string) => openDatabase(server.url(name), server.superuser(name))
  const [old, tenth] = [open('bench_old'), open('bench_tenth')]
  await refuseOtherNumber(old, rows, folder)
  for (const { url } of [old, tenth]) await migrateDatabase(url)
  return { server, old, tenth, tenthRows, none: () => server.database('bench_none') }
}

async function fillDatabase(server: Server, name: string, count: number, log: (line: string) => void): Promise<void> {
  const database = await server.database(name)
  await fill(database, 'old', count, (line) => log(`  ${name}: ${line}`))
  await database.ask('create schema bench; create table bench.seeded (rows) as values (0)')
  await database.ask('update bench.seeded set rows = $1', [count])
}

/** A folder whose filling was broken off has no number; one of another number measures something else. */
async function refuseOtherNumber(old: Database, rows: number, folder: string): Promise<void> {
  const found = await old.ask<{ rows: number }>('select rows from bench.seeded').catch(() => [])
  if (found[0]?.rows === rows) return
  throw new Error(
    `${folder} holds ${found[0]?.rows ?? 'an unfinished number of'} old orders, and ${rows} are asked for. ` +
      'Delete the folder to have it filled anew, or say --rows as it is.',
  )
}

/** Before the first row is written: a server that runs out of disk half-way has cost ten minutes. */
export function refuseFullDisk(folder: string, orders: number): void {
  const place = existsSync(folder) ? folder : dirname(resolve(folder))
  if (!existsSync(place))
    throw new Error(
      `There is no folder ${place} to make ${folder} in. Nothing was written. Make it, or say another --data.`,
    )
  const { bavail, bsize } = statfsSync(place)
  const [free, needed] = [bavail * bsize, orders * BYTES_PER_ORDER]
  if (free > needed) return
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1)
  throw new Error(
    `${orders} orders need about ${gigabytes(needed)} GB of disk, and ${folder} has ${gigabytes(free)} GB free. ` +
      'Nothing was written. Say fewer --rows or --due, or another --data folder.',
  )
}
