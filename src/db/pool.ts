import pg from 'pg'
import { restoreRule } from './rule-behind.ts'

/** How long a call may wait for a database session before it is refused with 503. */
const SESSION_WAIT_MS = 2_000

/**
 * The whole of a call, the wait for a session included: nobody waits longer than three seconds for an answer. The logins
 * of requests have limits of their own in the database, below this; it is for a server that has gone without a word.
 */
const CALL_LIMIT_MS = 2_500

type Settings = Pick<
  pg.PoolConfig,
  'query_timeout' | 'statement_timeout' | 'lock_timeout' | 'idle_in_transaction_session_timeout'
> & {
  /** Off behind a pooler that gives each transaction another session and does not know which statements were prepared there. */
  areStatementsNamed?: boolean
}

/**
 * A pool that survives the loss of its sessions: both kinds of error handler are there, so neither ends the process.
 * Sessions are kept: a new one would parse and plan every statement again.
 */
export function makePool(
  connectionString: string,
  size: number,
  onError: (error: Error) => unknown,
  { areStatementsNamed = true, ...limits }: Settings = {},
): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: size,
    connectionTimeoutMillis: SESSION_WAIT_MS,
    idleTimeoutMillis: 0,
    keepAlive: true,
    application_name: 'weelo-order-service',
    ...limits,
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  if (!areStatementsNamed) pool.on('connect', sendWithoutNames)
  if (limits.query_timeout) pool.on('connect', endWhenSilent) // makeCall sees to it itself
  return sayWhatCameBefore(pool)
}

/** Whoever wrote the statement: PostGraphile names its own. What submits itself, as a cursor does, is left as it is. */
function sendWithoutNames(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown
  const nameless = (statement: string | pg.QueryConfig | pg.Submittable, ...given: unknown[]) =>
    query(
      typeof statement === 'string' || 'submit' in statement ? statement : { ...statement, name: undefined },
      ...given,
    )
  client.query = nameless as typeof client.query
}

/** A session that let one statement go unanswered is of no more use, and not everybody who borrows it says so. */
function endWhenSilent(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
  const watched = (...given: unknown[]) => {
    const answer = query(...given)
    answer?.catch?.((error: Error) => {
      if (error.message === 'Query read timeout') void client.end()
    })
    return answer
  }
  client.query = watched as typeof client.query
}

/** Whatever keeps a session from being had, nothing was asked of the database yet: `isBeforeAnyStatement`. */
function sayWhatCameBefore(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool) as (...given: unknown[]) => Promise<pg.PoolClient>
  const marked = (...given: unknown[]) =>
    connect(...given)?.catch((error) => {
      throw Object.assign(error, { isBeforeAnyStatement: true })
    })
  pool.connect = marked as typeof pool.connect
  return pool
}

/** Whether an error is the pool's own, all of whose sessions are in use: of the server it says nothing. */
export const isBusy = ({ message }: Error): boolean => message.includes('exceeded when trying to connect')

/** One statement, by name, so that the server parses and plans it once per session. */
export type Call = <Row extends pg.QueryResultRow>(statement: {
  name: string
  text: string
  values: unknown[]
}) => Promise<Row>

/**
 * Runs a statement that returns one row. Throws pg.DatabaseError for what the database refuses; an error that came
 * before the statement was sent has `isBeforeAnyStatement`.
 * Not pool.query(): that destroys the session on any SQL error, refusals included (333 against 12,198 calls a second).
 */
export function makeCall(pool: pg.Pool): Call {
  return async (statement) => {
    const end = performance.now() + CALL_LIMIT_MS
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const query_timeout = Math.max(1, Math.round(end - performance.now()))
      const result = await client.query({ ...statement, query_timeout } as pg.QueryConfig)
      return result.rows[0]
    } catch (error) {
      if (error instanceof pg.DatabaseError) restoreRule(error)
      if (!isRefusal(error)) broken = error as Error
      throw error
    } finally {
      client.release(broken)
    }
  }
}

/** The SQLSTATE of a write where nothing can be written. */
export const READ_ONLY_SERVER = '25006'

/**
 * After a refusal the session is as good as before. A terminated backend is a DatabaseError too, but not of severity
 * ERROR; and a session on a server that has become a replica would refuse every create until somebody ended it.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR' && error.code !== READ_ONLY_SERVER
}
