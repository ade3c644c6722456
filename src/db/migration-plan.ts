// What a migrate would do, before it does it.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type pg from 'pg'
import { sqlLayer } from './sql-file.ts'

export const migrationsFolder = join(import.meta.dirname, '..', '..', 'migrations')

export type Plan = {
  /** The number of the newest migration that the database has, or "none". */
  schema: string
  /** The state of sql/ that runs there, or "none". */
  layer: string
  /** Migrations to run, in order: the file, and what its comment says first, such as that it is slow. */
  pending: { file: string; note: string }[]
  isLayerNew: boolean
  /** This release's sql/ is older than what runs: to load it brings yesterday's rules back. */
  isStepBack: boolean
  /** graphile-worker has migrations of its own to run. */
  isQueueOlder: boolean
}

const committed = () => readdirSync(join(migrationsFolder, 'committed')).sort()
const numberOf = (file: string) => file.slice(0, 6)

/** The number of the newest migration that this program knows, such as "000001". */
export const newestMigration = (): string => committed().map(numberOf).at(-1) ?? '000000'

/** The package numbers its files from 1. */
function newestQueueMigration(): number {
  const folder = join(dirname(createRequire(import.meta.url).resolve('graphile-worker')), '..', 'sql')
  return readdirSync(folder).filter((file) => file.endsWith('.sql')).length
}

/** Changes nothing. Throws when the database was migrated by a newer release than this one. */
export async function planMigration(client: pg.Client): Promise<Plan> {
  const applied = await valuesOf(client, 'graphile_migrate.migrations', 'filename as value', 'order by filename')
  const layers = await valuesOf(client, 'app.sql_layers', 'layer as value', 'order by loaded_at desc')
  const older = await valuesOf(client, 'app.sql_layers', 'layer as value', olderThanWhatRuns)
  const queue = await valuesOf(client, 'graphile_worker.migrations', 'max(id)::text as value')
  refuseNewer(applied)
  const schema = applied.map(numberOf).at(-1) ?? 'none'
  const pending = committed().filter((file) => schema === 'none' || numberOf(file) > schema)
  return {
    schema,
    layer: layers[0] ?? 'none',
    pending: pending.map((file) => ({ file, note: noteOf(file) })),
    isLayerNew: layers[0] !== sqlLayer(),
    isStepBack: older.includes(sqlLayer()),
    isQueueOlder: Number(queue[0] ?? 0) < newestQueueMigration(),
  }
}

const olderThanWhatRuns =
  'where first_loaded_at < (select first_loaded_at from app.sql_layers order by loaded_at desc limit 1)'

/** No values when there is no such table yet. */
async function valuesOf(client: pg.Client, table: string, what: string, which = ''): Promise<string[]> {
  const found = await client.query('select where to_regclass($1) is not null', [table])
  if (found.rowCount === 0) return []
  return (await client.query<{ value: string }>(`select ${what} from ${table} ${which}`)).rows.map(({ value }) => value)
}

/** To load this release's functions over a newer release's tables would bring yesterday's behaviour back. */
function refuseNewer(applied: string[]): void {
  const newest = applied.map(numberOf).at(-1) ?? 'none'
  if (newest === 'none' || newest <= newestMigration()) return
  throw new Error(
    `The database is at schema ${newest}, and this release knows ${newestMigration()}: a newer release has migrated it. ` +
      'Nothing was changed. Servers of this release run on it as it is; to migrate, use the newer release.',
  )
}

/** The first sentence of its first comment. */
function noteOf(file: string): string {
  const comment = /^-- .*(\n-- .*)*/m.exec(readFileSync(join(migrationsFolder, 'committed', file), 'utf8'))?.[0] ?? ''
  return /^.*?\.(?=\s|$)/.exec(comment.replaceAll(/\n?-- /g, ' ').trim())?.[0] ?? ''
}
