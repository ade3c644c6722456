import { type Db, isCitus, one } from './database.ts'

/** A session's number on the coordinator is the end of what it is called in all of Citus, where it waits on a worker. */
const acrossServers = `select array(
  select (w.blocking_gpid % 10000000000)::integer from citus_lock_waits w where w.waiting_gpid % 10000000000 = $1) as pids`

/** The sessions that a session waits for. */
export const blockersOf = async (db: Db, pid: number): Promise<number[]> =>
  (await one<{ pids: number[] }>(db, isCitus ? acrossServers : 'select pg_blocking_pids($1) as pids', [pid])).pids
