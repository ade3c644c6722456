// Sessions of their own, one held open while another calls: who must wait, and what each end then says.
import type pg from 'pg'
import { afterEach } from 'vitest'
import { blockersOf } from '../support/blockers.ts'
import { one } from '../support/database.ts'
import { until } from '../support/until.ts'

export type Call = [sql: string, values: unknown[]]
/** What a call came to: its row, or the rule by which it was refused (after its SQLSTATE, if that is not ours) and the facts. */
export type Outcome = { row?: Record<string, unknown>; rule?: string; detail?: string | undefined }

export const outcomeOf = (session: pg.PoolClient, [sql, values]: Call): Promise<Outcome> =>
  session.query(sql, values).then(
    ({ rows }) => ({ row: rows[0] }),
    ({ code = '', constraint = '', detail }: pg.DatabaseError) => ({
      rule: code.startsWith('OR') ? constraint : `${code} ${constraint}`,
      detail,
    }),
  )

export const pidOf = async (session: pg.PoolClient) =>
  (await one<{ pid: number }>(session, 'select pg_backend_pid() as pid')).pid

/** After each test the sessions are used again, but for those that a failed test left waiting. */
export function makeRivals(owner: pg.Pool) {
  const held = new Map<pg.PoolClient, { hasAnswered: boolean }>()
  afterEach(async () => {
    for (const [session, { hasAnswered }] of held) {
      if (hasAnswered) await session.query('rollback')
      session.release(!hasAnswered)
    }
    held.clear()
  })

  /** Begins a transaction and calls; the call may be waiting when this returns. */
  async function begin(...call: Call) {
    const session = await owner.connect()
    const state = { hasAnswered: false }
    held.set(session, state)
    const pid = await pidOf(session)
    await session.query('begin')
    const outcome = outcomeOf(session, call).finally(() => {
      state.hasAnswered = true
    })
    return { session, pid, outcome }
  }

  async function isBlockedBy(waiter: number, holder: number): Promise<void> {
    await until(async () => (await blockersOf(owner, waiter)).includes(holder), `${waiter} waits for ${holder}`)
  }

  /** Starts `first`, shows that `second` waits for it, ends `first` one way, and returns what `second` then got. */
  async function secondAfter(first: Call, second: Call, end: 'commit' | 'rollback'): Promise<Outcome> {
    const holder = await begin(...first)
    await holder.outcome
    const waiter = await begin(...second)
    await isBlockedBy(waiter.pid, holder.pid)
    await holder.session.query(end)
    const outcome = await waiter.outcome
    await waiter.session.query(outcome.rule ? 'rollback' : 'commit')
    return outcome
  }

  return { begin, isBlockedBy, secondAfter }
}
