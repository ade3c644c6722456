// Loads sql/ into the database in one transaction: a half-loaded layer is impossible. Refuses strangers.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'

const root = join(import.meta.dirname, '..', '..', 'sql')
/** Folders in the order in which they stand on each other. */
const folders = ['helpers', 'queries', 'commands', 'sweeps', 'guards', 'rest']

/** A busy table may keep us from its lock; give way to its writers and come back. */
const LOCK_TIMEOUT = '2s'
const LOCK_TRIES = 30
const LOCK_NOT_AVAILABLE = '55P03'

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
        if ((error as { code?: string }).code !== '42883') throw inFile(file, error) // 42883: undefined function
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
 * trigger's comment carries the hash of the definition; one that was dropped, replaced or switched off by hand differs.
 */
async function loadGuard(client: ClientBase, file: SqlFile): Promise<void> {
  const start = file.text.indexOf('create or replace trigger')
  const definition = file.text.slice(start)
  const mark = `definition ${createHash('sha256').update(definition).digest('hex').slice(0, 16)}`
  try {
    await client.query(file.text.slice(0, start))
    const current = await client.query(
      `select from pg_trigger where tgname = $1 and tgenabled = 'O' and obj_description(oid, 'pg_trigger') = $2`,
      [file.name, mark],
    )
    if (current.rowCount === 1) return
    await client.query(definition)
    const table = /\son (app\.\w+)/.exec(definition)?.[1]
    await client.query(
      `alter table ${table} enable trigger ${file.name}; comment on trigger ${file.name} on ${table} is '${mark}'`,
    )
  } catch (error) {
    throw inFile(file, error)
  }
}

/** app.uuid_v7 is the one function that a migration makes, because a column default depends on it. */
async function refuseStrangers(client: ClientBase, files: SqlFile[]): Promise<void> {
  const schemaOf = (file: SqlFile) => (file.folder === 'guards' ? 'app' : file.folder === 'rest' ? 'rest' : 'api')
  const expected = [...files.map((file) => `${schemaOf(file)}.${file.name}`), 'app.uuid_v7']
  const found = await client.query<{ name: string; signature: string; count: number }>(
    `select n.nspname || '.' || p.proname as name, string_agg(p.oid::regprocedure::text, ', ') as signature, count(*)::integer
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('api', 'rest', 'app') group by 1`,
  )
  const strangers = found.rows.filter((f) => !expected.includes(f.name) || f.count > 1).map((f) => f.signature)
  const missing = expected.filter((name) => !found.rows.some((f) => f.name === name))
  if (strangers.length > 0)
    throw new Error(`No file in sql/ makes these functions: ${strangers.join('; ')}. Drop them, or give each its file.`)
  if (missing.length > 0)
    throw new Error(`These files in sql/ do not make the function of their name: ${missing.join(', ')}.`)
}
