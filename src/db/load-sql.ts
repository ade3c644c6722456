// Loads sql/ into the database in one transaction: a half-loaded layer is impossible. Refuses strangers.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { forCitus } from './for-citus.ts'
import { loadGuard } from './load-guard.ts'
import { finishView, isLoadedView } from './load-view.ts'
import { refuseStrangers } from './refuse-strangers.ts'
import { inFile, readSqlFiles, type SqlFile, sqlLayer, sqlRoot } from './sql-file.ts'

/** A busy table may keep us from its lock; give way to its writers and come back. */
const LOCK_TIMEOUT = '2s'
const LOCK_TRIES = 30
const LOCK_NOT_AVAILABLE = '55P03'

/** Undefined function, relation, type: what a file needs stands in one that comes later. */
const NOT_THERE_YET = new Set(['42883', '42P01', '42704'])

/** Throws when a function, view or trigger has no file, or a file's name is not that of what it makes. */
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

/** The schemas that the layer owns whole. */
const schemas = `
  create schema if not exists api;
  create schema if not exists rest;
  comment on schema api is 'The typed commands, queries and sweeps: what may be done and seen. Made by sql/ on every deploy.';
  comment on schema rest is 'The phone app''s dialect of api: one function per route, JSON text out. Made by sql/ on every deploy.';`

async function loadAll(client: ClientBase): Promise<void> {
  const isCitus = (await client.query("select from pg_extension where extname = 'citus'")).rowCount === 1
  if (isCitus) await distribute(client) // the tables, while nothing stands on them
  await client.query(schemas)
  const files = isCitus ? forCitus(readSqlFiles()) : readSqlFiles()
  const within = (...folders: string[]) => files.filter(({ folder }) => folders.includes(folder))
  const views = within('views')
  const changed = await keep(views, async (view) => !(await isLoadedView(client, view)))
  await loadInOrderOfNeed(client, [...within('helpers'), ...changed])
  // A changed view that had to be dropped first took those that stand on it with it.
  await loadInOrderOfNeed(client, await keep(views, async (view) => !(await exists(client, view))))
  await loadInOrderOfNeed(client, within('queries', 'commands', 'sweeps', 'rest'))
  for (const view of views) await finishView(client, view)
  for (const guard of within('guards')) {
    await loadGuard(client, guard).catch((error) => {
      throw inFile(guard, error)
    })
  }
  await refuseStrangers(client, files)
  if (isCitus) await distribute(client) // the commands
  await client.query(readFileSync(join(sqlRoot, 'grants.sql'), 'utf8'))
  await client.query(markLayer, [sqlLayer()])
}

const distribute = (client: ClientBase) => client.query(readFileSync(join(sqlRoot, 'citus.sql'), 'utf8'))

/** The same layer again keeps its time; an older one that comes back, as after a rollback, is the newest. */
const markLayer = `
  insert into app.sql_layers as s (layer) values ($1)
  on conflict on constraint sql_layers_have_one_row_each do update set loaded_at = clock_timestamp()
  where exists (select from app.sql_layers o where o.loaded_at > s.loaded_at)`

/** The files for which the condition holds, asked one after another. */
async function keep(files: SqlFile[], holds: (file: SqlFile) => Promise<boolean>): Promise<SqlFile[]> {
  const kept: SqlFile[] = []
  for (const file of files) if (await holds(file)) kept.push(file)
  return kept
}

async function exists(client: ClientBase, view: SqlFile): Promise<boolean> {
  const found = await client.query('select where to_regclass($1) is not null', [`api.${view.name}`])
  return found.rowCount === 1
}

/**
 * A view, or a function with an SQL-standard body, must find what it uses. Files stay free of numbers: one that comes too
 * early is put back until what it needs is there.
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
