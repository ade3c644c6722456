import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { atTheEnd } from '../support/at-the-end.ts'
import { type Db, one } from '../support/database.ts'
import { startDebianPostgres } from '../support/debian-postgres.ts'
import { make } from '../support/make.ts'
import { temporaryFolder } from '../support/program.ts'

const programs = '/usr/lib/postgresql/15/bin'
const program = (name: string, args: string[]) => promisify(execFile)(`${programs}/${name}`, args)

const server = await startDebianPostgres()
const on = (database: string) => Object.assign(new URL(server.url), { pathname: `/${database}` }).href
const pool = (database: string) => {
  const made = new pg.Pool({ connectionString: on(database), max: 2 })
  atTheEnd(() => made.end())
  return made
}

/** Every row of every table of ours, as text. */
async function everything(db: Db): Promise<Record<string, string[]>> {
  const tables = await db.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'app' order by 1",
  )
  const contents: Record<string, string[]> = {}
  for (const { name } of tables.rows) {
    const { rows } = await db.query<{ row: string }>(`select t::text as row from ${name} t order by 1`)
    contents[name] = rows.map(({ row }) => row)
  }
  return contents
}

/** What decides, by name, since a definition is worded anew when it is restored: and who may do what. */
const rules = (db: Db) =>
  db
    .query<{ rule: string }>(
      `select format('constraint %s of %s', k.conname, k.conrelid::regclass) as rule from pg_constraint k
         where k.connamespace = 'app'::regnamespace and k.convalidated
       union all select format('index %s', i.indexrelid::regclass) from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = 'app'::regnamespace and i.indisvalid
       union all select format('trigger %s of %s, %s', t.tgname, t.tgrelid::regclass, t.tgenabled) from pg_trigger t
         join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'app'::regnamespace and not t.tgisinternal
       union all select format('function %s %s', p.oid::regprocedure, p.proacl) from pg_proc p
         where p.pronamespace in ('app'::regnamespace, 'api'::regnamespace, 'rest'::regnamespace)
       union all select format('table or view %s %s %s', c.oid::regclass, c.relacl, c.reloptions) from pg_class c
         where c.relnamespace in ('app'::regnamespace, 'api'::regnamespace) and c.relkind in ('r', 'v')
       order by 1`,
    )
    .then(({ rows }) => rows.map(({ rule }) => rule))

it('a dump that is restored has every row and every rule, and needs nothing but migrate', async () => {
  await migrateDatabase(on('weelo'))
  const db = pool('weelo')
  const active = await make.order(db, { key: 'once' })
  for (const status of ['partially_filled', 'in_progress', 'completed', 'cancelled', 'expired'] as const)
    await make.order(db, { status })
  await make.order(db, { dueIn: '-1 s' })
  const erased = await make.order(db, { status: 'cancelled' })
  await db.query('select api.erase_customer($1)', [erased.customer])

  const file = join(temporaryFolder(), 'weelo.dump')
  await program('pg_dump', ['--format=custom', '--file', file, on('weelo')])
  await db.query('create database restored')
  await program('pg_restore', ['--exit-on-error', '--dbname', on('restored'), file])
  const restored = pool('restored')

  expect(await everything(restored)).toEqual(await everything(db))
  expect(await rules(restored)).toEqual(await rules(db))
  await migrateDatabase(on('restored'))
  expect(await everything(restored)).toEqual(await everything(db))
  await expect(make.order(restored, { customer: active.customer })).rejects.toMatchObject({
    constraint: 'one_active_order_per_customer',
  })
  const lastEvent = async (of: Db) => BigInt(String((await one(of, 'select max(id) as id from app.order_events')).id))
  expect(await one(restored, 'select api.expire_due_orders() as closed')).toEqual({ closed: 1 })
  expect(await lastEvent(restored)).toBeGreaterThan(await lastEvent(db))
})
