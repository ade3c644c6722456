// Sessions that each "begin and call" and then "commit or rollback", in an order that a seed picks.
import type pg from 'pg'
import { blockersOf } from '../support/blockers.ts'
import type { Db } from '../support/database.ts'
import { until } from '../support/until.ts'
import { type Call, outcomeOf, pidOf } from './rivals.ts'

export type Session = {
  name: string
  client: pg.PoolClient
  pid: number
  call: Call
  end: 'commit' | 'rollback'
  state: 'idle' | 'calling' | 'waiting' | 'called' | 'ended'
  rule?: string | undefined
  waitedFor: number[]
}

/** Numbers below n, the same ones for the same seed. */
export type Pick = (n: number) => number

/** A small generator (Lehmer), so that a failing schedule can be run again by its number. */
export function chooser(seed: number): Pick {
  let state = (seed * 7919 + 1) % 2147483647
  return (n) => {
    state = (state * 48271) % 2147483647
    return state % n
  }
}

/** One session for each client; a third of them will roll back. */
export async function makeSessions(clients: pg.PoolClient[], calls: [name: string, call: Call][], pick: Pick) {
  return Promise.all(
    calls.map(async ([name, call], i): Promise<Session> => {
      const client = clients[i] as pg.PoolClient
      const end = pick(3) === 0 ? 'rollback' : 'commit'
      return { name, call, client, pid: await pidOf(client), end, state: 'idle', waitedFor: [] }
    }),
  )
}

async function begin(session: Session): Promise<void> {
  await session.client.query('begin')
  session.state = 'calling'
  outcomeOf(session.client, session.call).then(({ rule }) => {
    session.state = 'called'
    session.rule = rule
  })
}

/** Until every started call has answered or is shown to wait for one of the others. */
async function settle(db: Db, sessions: Session[]): Promise<void> {
  const pids = sessions.map((session) => session.pid)
  await until(async () => {
    for (const session of sessions.filter((s) => s.state === 'calling' || s.state === 'waiting')) {
      const blockers = await blockersOf(db, session.pid)
      if (session.state !== 'calling' && session.state !== 'waiting') continue
      session.state = blockers.length > 0 ? 'waiting' : 'calling'
      if (blockers.length > 0) session.waitedFor = blockers
      if (blockers.some((pid) => !pids.includes(pid))) throw new Error('waits for a stranger')
    }
    return sessions.every((session) => session.state !== 'calling')
  }, 'every call answers or waits for a rival')
}

/** Plays all sessions to their ends and returns the steps. `mustWait` says which call may not answer at once. */
export async function playOut(
  db: Db,
  sessions: Session[],
  pick: Pick,
  mustWait: (session: Session) => boolean = () => false,
): Promise<string> {
  const steps: string[] = []
  while (sessions.some((session) => session.state !== 'ended')) {
    const ready = sessions.filter((session) => session.state === 'idle' || session.state === 'called')
    const session = ready[pick(ready.length)]
    if (!session) throw new Error(`nobody can go on: ${steps.join(', ')}`)
    if (session.state === 'called') {
      const end = session.rule ? 'rollback' : session.end
      steps.push(`${sessions.indexOf(session)} ${end}s`)
      await session.client.query(end)
      session.state = 'ended'
      await settle(db, sessions)
      continue
    }
    const isToWait = mustWait(session)
    steps.push(`${sessions.indexOf(session)} calls ${session.name}`)
    await begin(session)
    await settle(db, sessions)
    if (isToWait && session.waitedFor.length === 0) throw new Error(`did not wait for its rival: ${steps.join(', ')}`)
  }
  return steps.join(', ')
}
