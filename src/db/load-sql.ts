// Loads sql/ into the database in one transaction: a half-loaded layer is impossible. Refuses strangers.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'

const root = join(import.meta.dirname, '..', '..', 'sql')
/** Folders in the order in which they stand on each other. */
const folders = ['helpers', 'views', 'queries', 'commands', 'sweeps', 'guards', 'rest']

/** A busy table may keep us from its lock; give way to its writers and come back. */
const LOCK_TIMEOUT = '2s'
const LOCK_TRIES = 30
const LOCK_NOT_AVAILABLE = '55P03'

/** Undefined function, relation, type. */
const NOT_THERE_YET = new Set(['42883', '42P01', '42704'])

type SqlFile = { folder: string; name: string; text: string }

/** Throws when a function in api, rest or app has no file, or a file's name is not its function's. */
export async function loadSql(client: ClientBase): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query('begin')
      await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`)
      await loadAll(client)
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries === LOCK_TRIES) throw error
      await sleep(100)
    }
  }
}

export function readSqlFiles(): SqlFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map((file) => ({ folder, name: basename(file, '.sql'), text: readFileSync(join(root, folder, file), 'utf8') })),
  )
}

/** The schemas that the layer owns whole, and what becomes of PUBLIC's rights in them. */
const schemas = `
  create schema if not exists api;
  create schema if not exists rest;
  comment on schema api is 'The typed commands, queries and sweeps: what may be done and seen. Made by sql/ on every deploy.';
  comment on schema rest is 'The phone app''s dialect of api: one function per route, JSON text out. Made by sql/ on every deploy.';`

async function loadAll(client: ClientBase): Promise<void> {
  await client.query(schemas)
  const files = readSqlFiles()
  await loadInOrderOfNeed(
    client,
    files.filter((file) => file.folder !== 'guards'),
  )
  for (const guard of files.filter((file) => file.folder === 'guards')) await loadGuard(client, guard)
  await refuseStrangers(client, files)
  await describeViewColumns(client)
  await client.query(readFileSync(join(root, 'grants.sql'), 'utf8'))
}

/**
 * A function with an SQL-standard body must find what it calls. Files stay free of numbers: one that comes too early is
 * put back until what it needs is there.
 */
async function loadInOrderOfNeed(client: ClientBase, files: SqlFile[]): Promise<void> {
  let waiting = files
  while (waiting.length > 0) {
    const tooEarly: SqlFile[] = []
    let lastError: unknown
    for (const file of waiting) {
      await client.query('savepoint file')
      try {
        await client.query(file.text)
      } catch (error) {
        await client.query('rollback to savepoint file')
        if (!NOT_THERE_YET.has((error as { code?: string }).code ?? '')) throw inFile(file, error)
        lastError = inFile(file, error)
        tooEarly.push(file)
      }
    }
    if (tooEarly.length === waiting.length) throw lastError
    waiting = tooEarly
  }
}

function inFile(file: SqlFile, error: unknown): Error {
  const { message, code } = error as { message: string; code?: string }
  return Object.assign(new Error(`sql/${file.folder}/${file.name}.sql: ${message}`), { code })
}

/**
 * Making a trigger locks out every writer of its table, so it is made again only when its definition changed. The
 * trigger's comment carries the hash of the file's definition and of what the server made of it; a trigger that was
 * dropped, replaced or switched off by hand differs.
 */
async function loadGuard(client: ClientBase, file: SqlFile): Promise<void> {
  const start = file.text.indexOf('create or replace trigger')
  const definition = file.text.slice(start)
  const table = /\son (app\.\w+)/.exec(definition)?.[1]
  const mark = `definition ${createHash('sha256').update(definition).digest('hex').slice(0, 16)} `
  try {
    await client.query(file.text.slice(0, start))
    const current = await client.query(
      `select from pg_trigger where tgname = $1 and tgrelid = $2::regclass and tgenabled = 'O'
       and obj_description(oid, 'pg_trigger') = $3 || md5(pg_get_triggerdef(oid))`,
      [file.name, table, mark],
    )
    if (current.rowCount === 1) return
    await client.query(`${definition}; alter table ${table} enable trigger ${file.name}`)
    const made = await client.query<{ sql: string }>(
      `select format('comment on trigger %I on %s is %L', tgname, tgrelid::regclass, $3 || md5(pg_get_triggerdef(oid))) as sql
       from pg_trigger where tgname = $1 and tgrelid = $2::regclass`,
      [file.name, table, mark],
    )
    await client.query(made.rows[0]?.sql ?? '')
  } catch (error) {
    throw inFile(file, error)
  }
}

/** A view's column without a comment of its own says what the column of that name says in the table of that name, or in app.orders. */
async function describeViewColumns(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ sql: string }>(
    `select format('comment on column %s.%I is %L', c.oid::regclass, a.attname, found.description) as sql
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     cross join lateral (
       select col_description(s.attrelid, s.attnum) as description from pg_attribute s join pg_class t on t.oid = s.attrelid
       where t.relnamespace in ('app'::regnamespace, 'api'::regnamespace) and t.relname in (c.relname, 'orders') and s.attname = a.attname
         and col_description(s.attrelid, s.attnum) is not null
       order by t.relname <> c.relname, t.relnamespace = 'app'::regnamespace limit 1) found
     where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' and col_description(c.oid, a.attnum) is null`,
  )
  for (const { sql } of rows) await client.query(sql)
}

/**
 * Functions and relations of api and rest, functions of app and triggers on its tables: each has a file of its name.
 * app.uuid_v7 is the one function that a migration makes, because a column default depends on it.
 */
async function refuseStrangers(client: ClientBase, files: SqlFile[]): Promise<void> {
  const schemaOf = (file: SqlFile) => (file.folder === 'guards' ? 'app' : file.folder === 'rest' ? 'rest' : 'api')
  const expected = [...files.map((file) => `${schemaOf(file)}.${file.name}`), 'app.uuid_v7']
  const { rows } = await client.query<{ name: string; described: string; count: number }>(
    `select name, string_agg(described, ', ') as described, count(*)::integer from (
       select n.nspname || '.' || p.proname as name, p.oid::regprocedure::text as described
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('api', 'rest', 'app')
       union all
       select n.nspname || '.' || c.relname, c.oid::regclass::text
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('api', 'rest')
       union all
       select t.tgname, 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass
       from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'app'::regnamespace and not t.tgisinternal and not 'app.' || t.tgname = any($1)
     ) found group by 1`,
    [expected],
  )
  const strangers = rows.filter((found) => !expected.includes(found.name) || found.count > 1)
  const missing = expected.filter((name) => !rows.some((found) => found.name === name))
  if (strangers.length > 0)
    throw new Error(
      `No file in sql/ makes these: ${strangers.map((found) => found.described).join('; ')}. Drop them, or give each its file.`,
    )
  if (missing.length > 0)
    throw new Error(`These files in sql/ do not make the function of their name: ${missing.join(', ')}.`)
}
