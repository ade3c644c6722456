// Creates that are aimed at what a sweep is about to close, and a look at who waits for a lock meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { numbered } from './load/statement.ts'
import { createOrder } from './orders.ts'
import type { Database } from './server.ts'
import { dueCustomer, SWEEPER } from './sweeping.ts'

/** After the batch has begun and has passed over what the other sweeper holds, so that it holds the order. */
const CHASE_AFTER_MS = 15
/** So often a session plans a statement before it keeps the plan. */
const PLANS = 6
/** What begins and ends between two looks is not seen, and a wait that is seen goes on for as long at most. */
export const LOOK_EVERY_MS = 20

/** Books for customers whose order is in the batch that runs; tells how long each took, in ms, and how many waited. */
export async function startChaser({ url }: Database) {
  const client = new pg.Client({ connectionString: url, application_name: 'weelo-bench' })
  await client.connect()
  const [mine] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  const warm = createOrder()
  const { text: warmText, names: warmNames } = numbered(warm)
  const warmValues = warmNames.map((name) => warm.values[name])
  for (let time = 0; time < PLANS; time++) await client.query({ name: 'warm', text: warmText, values: warmValues })
  const statement = createOrder(dueCustomer)
  const { text, names } = numbered({ ...statement, values: { ...statement.values, place: '' } })
  const running: Promise<number>[] = []
  const waited = new Set<number>()
  let asked = 0
  const book = async (place: number) => {
    await sleep(CHASE_AFTER_MS)
    const sentAt = performance.now()
    const values = names.map((name) => (name === 'place' ? place : statement.values[name]))
    asked = place
    await client.query({ name: 'chase', text, values })
    return performance.now() - sentAt
  }
  return {
    chase: (place: number) => void running.push(book(place)),
    /** To be told the sessions that wait. */
    isWaiting: (pids: number[]) => {
      if (mine && pids.includes(mine.pid)) waited.add(asked)
    },
    end: async () => {
      const chased = await Promise.all(running)
      await client.end()
      return { chased, seenWaiting: waited.size }
    },
  }
}

/** The longest that anybody was seen to wait for a lock, in ms; not the two sweepers, for each other's row of app.sweeps. */
export async function watchLocks(
  { superuserUrl }: Database,
  isOver: () => boolean,
  isWaiting: (pids: number[]) => void,
): Promise<number> {
  const client = new pg.Client({ connectionString: superuserUrl, application_name: 'weelo-bench' })
  await client.connect()
  let longest = 0
  const text = `select pid, extract(epoch from clock_timestamp() - waitstart)::double precision * 1000 as ms
    from pg_locks where not granted and waitstart is not null
      and pid not in (select pid from pg_stat_activity where application_name = '${SWEEPER}')`
  while (!isOver()) {
    const { rows } = await client.query<{ pid: number; ms: number }>({ name: 'waits', text })
    longest = Math.max(longest, ...rows.map(({ ms }) => ms))
    isWaiting(rows.map(({ pid }) => pid))
    await sleep(LOOK_EVERY_MS)
  }
  await client.end()
  return longest
}
