// A database full of orders whose search has run out, and as many copies of it as rows want to sweep.
import { tmpdir } from 'node:os'
import { fillCopies, makeCopies } from './copies.ts'
import type { Bench } from './row.ts'
import { fill } from './seed.ts'
import { refuseFullDisk } from './seeded.ts'
import { type Database, openDatabase, type Server } from './server.ts'

const TEMPLATE = 'bench_due'
/** The template, its tables without triggers, and one copy of both. */
const TIMES_ON_DISK = 4

const made = new WeakMap<Server, Promise<void>>()

/** A copy of it, in `app` and, without triggers, in `bench`; the one before is gone. Its pages are on disk. */
export async function dueOrders(bench: Bench): Promise<Database> {
  const server = await bench.server()
  if (!made.has(server)) made.set(server, makeTemplate(server, bench))
  await made.get(server)
  const [name, postgres] = ['bench_sweep', openDatabase(server.url('postgres'), server.superuser('postgres'))]
  await postgres.asSuperuser(`drop database if exists ${name} with (force)`)
  await postgres.asSuperuser(`create database ${name} owner weelo template ${TEMPLATE} strategy file_copy`)
  return openDatabase(server.url(name), server.superuser(name))
}

async function makeTemplate(server: Server, { due, log }: Bench): Promise<void> {
  refuseFullDisk(tmpdir(), due * TIMES_ON_DISK)
  log(`filling a database with ${due} due orders …`)
  const database = await server.database(TEMPLATE)
  await fill(database, 'due', due, log)
  await makeCopies(database)
  await fillCopies(database)
  await database.asSuperuser('vacuum (freeze, analyze)')
  await database.asSuperuser('checkpoint')
}
