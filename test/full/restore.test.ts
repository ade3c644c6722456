import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { atTheEnd } from '../support/at-the-end.ts'
import { type Db, one } from '../support/database.ts'
import { programs, startDebianPostgres } from '../support/debian-postgres.ts'
import { make } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'
import { makePersonal } from '../support/personal.ts'
import { temporaryFolder } from '../support/program.ts'

const program = (name: string, args: string[]) => promisify(execFile)(join(programs, 'bin', name), args)

function pool(url: string): pg.Pool {
  const made = new pg.Pool({ connectionString: url, max: 2 })
  atTheEnd(() => made.end())
  return made
}

/** Every row of every table, as text. */
async function everything(db: Db): Promise<Record<string, string[]>> {
  const tables = await db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('app', 'graphile_migrate', 'graphile_worker') order by 1`,
  )
  const contents: Record<string, string[]> = {}
  for (const { name } of tables.rows) {
    const { rows } = await db.query<{ row: string }>(`select t::text as row from ${name} t order by 1`)
    contents[name] = rows.map(({ row }) => row)
  }
  return contents
}

/** What decides, and who may do what. By name, where a definition is worded anew when it is restored. */
const rules = (db: Db) =>
  db
    .query<{ rule: string }>(
      `select format('constraint %s of %s', k.conname, k.conrelid::regclass) as rule from pg_constraint k
         where k.connamespace = 'app'::regnamespace and k.convalidated
       union all select format('index %s', i.indexrelid::regclass) from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = 'app'::regnamespace and i.indisvalid
       union all select format('trigger %s of %s, %s', t.tgname, t.tgrelid::regclass, t.tgenabled) from pg_trigger t
         join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'app'::regnamespace and not t.tgisinternal
       union all select format('function %s %s %s', p.oid::regprocedure, p.proacl, md5(p.prosrc)) from pg_proc p
         where p.pronamespace in ('app'::regnamespace, 'api'::regnamespace, 'rest'::regnamespace)
       union all select format('table or view %s %s %s', c.oid::regclass, c.relacl, c.reloptions) from pg_class c
         where c.relnamespace in ('app'::regnamespace, 'api'::regnamespace) and c.relkind in ('r', 'v')
       union all select format('schema %s %s', nspname, nspacl) from pg_namespace where nspname in ('app', 'api', 'rest')
       order by 1`,
    )
    .then(({ rows }) => rows.map(({ rule }) => rule))

it('a dump that is restored on another server has every row and every rule, and its logins', async () => {
  const [server, other] = [await startDebianPostgres(), await startDebianPostgres()]
  await migrateDatabase(server.url)
  const db = pool(server.url)
  const active = await make.order(db, { dueIn: '30 min' })
  for (const status of statuses) await make.order(db, { status, dueIn: '30 min' })
  await make.trip(db)
  await makePersonal(db)
  const erased = await makePersonal(db)
  await db.query('select api.erase_customer($1)', [erased.customer])
  await db.query('select api.expire_due_orders()')
  await make.order(db, { dueIn: '-1 s' })

  const [roles, file] = ['roles.sql', 'weelo.dump'].map((name) => join(temporaryFolder(), name)) as [string, string]
  await program('pg_dumpall', ['--roles-only', '--file', roles, '--dbname', server.superuserUrl])
  await program('pg_dump', ['--format=custom', '--file', file, server.url])
  await program('psql', ['--quiet', '--file', roles, other.superuserUrl]) // says of some that they are there
  await program('pg_restore', ['--exit-on-error', '--dbname', other.url, file])
  const restored = pool(other.url)

  const [contents, decides] = [await everything(db), await rules(db)]
  for (const [table, rows] of Object.entries(contents).filter(([name]) => name.startsWith('app.')))
    expect(rows.length, table).toBeGreaterThan(0)
  expect(await everything(restored)).toEqual(contents)
  expect(await rules(restored)).toEqual(decides)
  await migrateDatabase(other.url)
  expect(await everything(restored)).toEqual(contents)
  expect(await rules(restored)).toEqual(decides)

  await expect(make.order(restored, { customer: active.customer })).rejects.toMatchObject({
    constraint: 'one_active_order_per_customer',
  })
  const lastEvent = async (of: Db) => BigInt(String((await one(of, 'select max(id) as id from app.order_events')).id))
  expect(await one(restored, 'select api.expire_due_orders() as closed')).toEqual({ closed: 1 })
  expect(await lastEvent(restored)).toBeGreaterThan(await lastEvent(db))
})
