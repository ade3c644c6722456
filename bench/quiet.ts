// Counting what a load took needs nobody else who takes it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './server.ts'

const LOOK_EVERY_MS = 50
const WAIT_LIMIT_MS = 60_000

/** The next transaction id: it rises with every transaction that writes, and with nothing else. */
export async function transactionIds(database: Database): Promise<number> {
  const [row] = await database.ask<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next')
  return Number(row?.next)
}

/** Vacuums, and keeps the server from doing so by itself, which takes transaction ids. Only for what writes nothing. */
export async function withoutAutovacuum<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  await database.asSuperuser('vacuum analyze')
  await database.asSuperuser('alter system set autovacuum = off')
  await database.asSuperuser('select pg_reload_conf()')
  const workers = "select from pg_stat_activity where backend_type in ('autovacuum worker', 'autovacuum launcher')"
  for (let waited = 0; (await database.asSuperuser(workers)).length > 0; waited += LOOK_EVERY_MS) {
    if (waited > WAIT_LIMIT_MS) throw new Error('autovacuum does not end')
    await sleep(LOOK_EVERY_MS)
  }
  try {
    return await work()
  } finally {
    await database.asSuperuser('alter system reset autovacuum')
    await database.asSuperuser('select pg_reload_conf()')
  }
}
