// Which database sessions a process opens: an own server when it was given none, and one pool per login it needs.
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Config } from './config.ts'
import { dataDir } from './db/data-dir.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './db/embedded.ts'
import { deriveLogin, type Login } from './db/logins.ts'
import { migrateDatabase } from './db/migrate.ts'
import { makePool } from './db/pool.ts'
import { SWEEPERS } from './worker/sweep-due-orders.ts'

const REST_SESSIONS = 10
const LIVE_SESSIONS = 2
const ADMIN_SESSIONS = 4
/** One listens, and one is for the queue. */
const WORKER_SESSIONS = 2 + SWEEPERS
/** The readiness check must not wait for a scrape. */
const HEALTH_SESSIONS = 2

/** A server that fell silent does not say good-bye; our end of the sessions ends with this process. */
const SESSIONS_END_MS = 500

/** The login weelo_graphql ends a statement after 3 s; this is for a server that has gone without a word. */
const adminLimits = { query_timeout: 4_000 }
/**
 * The owner's login has no limits of its own. A sweep's batch takes a tenth of a second, waits for a rival that holds what it
 * wants until the next run, and must never leave a transaction behind.
 */
const workerLimits = { statement_timeout: 60_000, lock_timeout: 5_000, idle_in_transaction_session_timeout: 60_000 }

export type Databases = {
  embedded?: EmbeddedPostgres | undefined
  ownerUrl?: string | undefined
  /** For the public listener; absent where ROLE does not include it. */
  rest?: pg.Pool | undefined
  /** Sessions of their own for what phones listen to: busy requests must not hold up the news. */
  live?: pg.Pool | undefined
  /** For the admin listener's GraphQL; absent where ROLE does not include it. */
  admin?: pg.Pool | undefined
  /** Where GraphQL's queries read, when they have a server of their own. */
  replica?: pg.Pool | undefined
  /** For the worker; absent where ROLE does not include it. */
  owner?: pg.Pool | undefined
  /** A session of its own, with whichever login this process holds: busy sessions elsewhere must not look like no database. */
  health: pg.Pool
  /** Ends the pools, then the own server. */
  close: () => Promise<void>
}

/** Outside production it also migrates, and gives the two logins their passwords. In production both were done before. */
export async function openDatabases(config: Config, onLost: (error: Error) => void): Promise<Databases> {
  const { isProduction, ROLE } = config
  const isDevelopment = !isProduction
  const embedded =
    isDevelopment && !config.DATABASE_URL ? await startEmbeddedPostgres(dataDir(config.DATA_DIR)) : undefined
  const ownerUrl = config.DATABASE_URL ?? embedded?.url
  if (isDevelopment && ownerUrl) await migrateDatabase(ownerUrl)
  const derived = (login: Login) =>
    isDevelopment && ownerUrl ? deriveLogin(ownerUrl, login, config.JWT_SECRET) : undefined
  const restUrl = config.REST_DATABASE_URL ?? (await derived('weelo_rest'))
  const adminUrl = config.ADMIN_DATABASE_URL ?? (await derived('weelo_graphql'))

  const areStatementsNamed = config.PG_NAMED_STATEMENTS === 'on'
  const open = (url: string | undefined, size: number, limits = {}) =>
    url ? makePool(url, size, onLost, { areStatementsNamed, ...limits }) : undefined
  const rest = ROLE === 'all' || ROLE === 'api' ? open(restUrl, REST_SESSIONS) : undefined
  const live = rest && open(restUrl, LIVE_SESSIONS)
  const admin = ROLE === 'all' || ROLE === 'admin' ? open(adminUrl, ADMIN_SESSIONS, adminLimits) : undefined
  const replica = admin && open(config.DATABASE_READ_URL, ADMIN_SESSIONS, adminLimits)
  const owner = ROLE === 'all' || ROLE === 'worker' ? open(ownerUrl, WORKER_SESSIONS, workerLimits) : undefined
  const health = open(restUrl ?? adminUrl ?? ownerUrl, HEALTH_SESSIONS)
  if (!health) throw new Error(`ROLE=${ROLE} has no database to use. The README lists what each role needs.`)
  const close = async () => {
    const ended = Promise.all([rest, live, admin, replica, owner, health].map((pool) => pool?.end()))
    await Promise.race([ended, sleep(SESSIONS_END_MS, undefined, { ref: false })])
    await embedded?.stop()
  }
  return { embedded, ownerUrl, rest, live, admin, replica, owner, health, close }
}
