// Millions of orders in minutes: set-based, while their tables have no triggers, indexes and keys, which are put back
// afterwards from what the catalog said of them; the guards by the loader of sql/. Every constraint is checked in the end.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { loadSql } from '../src/db/load-sql.ts'
import type { Database } from './server.ts'

const tables = ['app.orders', 'app.truck_requests', 'app.order_events']

/** For a server that only fills: a table that is empty at the start of its transaction needs no log of its own. */
export const fillingSettings = [
  'wal_level=minimal',
  'max_wal_senders=0',
  'synchronous_commit=off',
  'autovacuum=off',
  'max_wal_size=16GB',
  'maintenance_work_mem=1GB',
]

/** Fills the empty tables of a migrated database with so many orders of one kind. */
export async function fill(database: Database, kind: 'old' | 'due', count: number, log: (line: string) => void) {
  const startedAt = performance.now()
  const say = (what: string) => log(`${what} after ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  const putBack = await takeAway(database)
  await insert(database, 'orders', `${kind}_orders`, [count])
  say(`${count} orders`)
  const [requests, events] = ['truck_requests', 'order_events'] as const
  await Promise.all([insert(database, requests, requests), insert(database, events, events)])
  say('their truck requests and events')
  for (const sql of putBack) await database.ask(sql)
  await loadGuards(database)
  say('keys, indexes and guards')
  for (const table of tables) await database.asSuperuser(`vacuum (freeze, analyze) ${table}`)
  await database.asSuperuser('checkpoint')
  say('vacuumed')
}

/** Triggers that are gone are made again by the loader. */
async function loadGuards({ url }: Database): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await loadSql(client).finally(() => client.end())
}

async function insert(database: Database, table: string, file: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    await client.query(`begin; truncate app.${table}`)
    await client.query(readFileSync(join(import.meta.dirname, 'seed', `${file}.sql`), 'utf8'), values)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** What makes a bulk of rows slow. Returns the statements that bring it back, the guards aside. */
async function takeAway(database: Database): Promise<string[]> {
  const triggers = await database.ask<{ drop: string }>(
    `select format('drop trigger %I on %s', tgname, tgrelid::regclass) as drop from pg_trigger
     where tgrelid = any ($1::regclass[]) and not tgisinternal`,
    [tables],
  )
  const constraints = await database.ask<{ drop: string; make: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
     from pg_constraint
     where contype in ('f', 'p') and (conrelid = any ($1::regclass[]) or confrelid = any ($1::regclass[]))
     order by contype, conname`,
    [tables],
  )
  const indexes = await database.ask<{ drop: string; make: string }>(
    `select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as make from pg_index
     where indrelid = any ($1::regclass[]) and not exists (select from pg_constraint where conindid = indexrelid)`,
    [tables],
  )
  for (const { drop } of [...triggers, ...constraints, ...indexes]) await database.ask(drop)
  return [...[...constraints].reverse(), ...indexes].map(({ make }) => make) // primary keys before the keys that refer to them
}
