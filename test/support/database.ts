import pg from 'pg'
import { inject } from 'vitest'
import { closeDatabaseToPublic } from '../../src/db/close-database.ts'
import { atTheEnd } from './at-the-end.ts'
import { throughPooler } from './pooler.ts'

/** `npm run test:citus`: the rules in one distributed database. */
export const isCitus = process.env.TEST_CITUS !== undefined

/** Refusals and rows arrive as Postgres sends them; times as Dates. */
export type Db = pg.Pool | pg.Client | pg.PoolClient

export function urlOf(kind: 'owner' | 'rest' | 'admin', database: string): string {
  const url = new URL(inject(`${kind}Url`))
  url.pathname = `/${database}`
  return kind === 'owner' ? url.href : throughPooler(url.href)
}

let copies = 0

/**
 * A database of this file's own, for what must commit. `sessions` bounds its owner's pool. It goes when the run ends:
 * to drop it here would mean to end the sessions of other logins, which an owner may not.
 */
export async function copyDatabase(sessions = 10) {
  if (isCitus) return sharedOnCitus(sessions)
  const name = `${inject('template').replace('_template', '')}_${process.pid}_${++copies}`
  const maintenance = new pg.Client({ connectionString: urlOf('owner', 'postgres') })
  await maintenance.connect()
  await maintenance.query(`create database ${name} template ${inject('template')} strategy file_copy`)
  await maintenance.end()
  const owner = new pg.Pool({ connectionString: urlOf('owner', name), max: sessions, idleTimeoutMillis: 0 })
  owner.on('error', () => {})
  atTheEnd(() => owner.end())
  const session = new pg.Client({ connectionString: urlOf('owner', name) })
  await session.connect()
  await closeDatabaseToPublic(session) // a copy inherits its template's contents, not who may enter it
  await session.end()
  return { name, owner, ownerUrl: urlOf('owner', name), restUrl: urlOf('rest', name), adminUrl: urlOf('admin', name) }
}

/** There all files share one database, which each that commits leaves as it was. */
async function sharedOnCitus(sessions: number) {
  const name = inject('shared')
  const owner = new pg.Pool({ connectionString: urlOf('owner', name), max: sessions, idleTimeoutMillis: 0 })
  owner.on('error', () => {})
  atTheEnd(async () => {
    await owner.end()
    const { beginAnew } = await import('./begin-anew.ts') // loads the migrating tools, which no other test needs
    await beginAnew(urlOf('owner', name))
  })
  return { name, owner, ownerUrl: urlOf('owner', name), restUrl: urlOf('rest', name), adminUrl: urlOf('admin', name) }
}

export type DatabaseCopy = Awaited<ReturnType<typeof copyDatabase>>

/** Runs a test in a transaction of the shared database that is rolled back at the end. */
export function rolledBack(test: (db: pg.Client) => Promise<void>): () => Promise<void> {
  return async () => {
    const client = new pg.Client({ connectionString: urlOf('owner', inject('shared')) })
    await client.connect()
    if (isCitus) await client.query("set citus.multi_shard_modify_mode = 'sequential'") // one connection a worker
    await client.query('begin')
    try {
      await test(client)
    } finally {
      await client.query('rollback')
      await client.end()
    }
  }
}

/** Runs a statement that must be refused, without ending the test's transaction, and returns the refusal. */
export async function refusalOf(db: pg.Client, statement: string, values: unknown[] = []): Promise<pg.DatabaseError> {
  await db.query('savepoint attempt')
  try {
    await db.query(statement, values)
  } catch (error) {
    await db.query('rollback to savepoint attempt')
    if (error instanceof pg.DatabaseError) return error
    throw error
  }
  throw new Error(`was not refused: ${statement}`)
}

/** The only row, or an error. */
export async function one<Row extends pg.QueryResultRow = Record<string, unknown>>(
  db: Db,
  statement: string,
  values: unknown[] = [],
): Promise<Row> {
  const { rows } = await db.query<Row>(statement, values)
  if (rows.length !== 1 || rows[0] === undefined) throw new Error(`${rows.length} rows from: ${statement}`)
  return rows[0]
}
