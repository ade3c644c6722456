// Where an admin's operation reads: a query from the replica, a mutation and all that it gives back from the primary.
import './graphile-env.ts'
import pg from 'pg'
import type { Logger } from 'pino'
import { createWithPgClient } from 'postgraphile/adaptors/pg'
import { $$extensions } from 'postgraphile/grafast'
import { type DocumentNode, getOperationAST } from 'postgraphile/graphql'
import { isBusy, makeCall } from '../db/pool.ts'
import { secondsBehind } from '../db/seconds-behind.ts'
import { factsForLog } from '../facts-for-log.ts'

type WithPgClient = ReturnType<typeof createWithPgClient>
type Operation = { document: DocumentNode; operationName?: string | null | undefined; [$$extensions]?: object }

/** What an operation's context holds: nothing for one that reads where PostGraphile does by itself. */
export type ReadsOf = (operation: Operation) => { withPgClient?: WithPgClient }

/** How long a replica that did not answer is left alone: else every query would wait for it first. */
const AWAY_MS = 10_000

/** No such column, function, table: the primary has it, or the field would not be in the schema. */
const BEHIND_A_DEPLOY = ['42703', '42883', '42P01']

/**
 * While the replica does not answer, the primary does: who asks at night needs an answer more than the primary needs
 * rest. One query reads from one of the two, and its answer says beside the data from which, and how old that may be. A
 * replica whose sessions are busy is not away: the primary would get the load that it is there to take.
 */
export function readReplica(replica: pg.Pool, primary: pg.Pool, log: Logger): ReadsOf {
  const onReplica = sayWhenBehind(createWithPgClient({ pool: replica }) as WithPgClient, log)
  const onPrimary = createWithPgClient({ pool: primary }) as WithPgClient
  const call = makeCall(replica)
  let awayUntil = Number.NEGATIVE_INFINITY

  async function choose(told: object): Promise<WithPgClient> {
    if (performance.now() >= awayUntil)
      try {
        Object.assign(told, fromReplica(await secondsBehind(call)))
        return onReplica
      } catch (error) {
        if (isBusy(error as Error)) throw error
        awayUntil = performance.now() + AWAY_MS
        log.warn({ error: (error as Error).message }, 'the replica does not answer: the primary answers admins')
      }
    Object.assign(told, fromPrimary)
    return onPrimary
  }

  return (operation) => {
    if (getOperationAST(operation.document, operation.operationName)?.operation !== 'query') return {}
    const told = {}
    operation[$$extensions] = told
    let chosen: Promise<WithPgClient> | undefined
    const withPgClient = async (...given: Parameters<WithPgClient>) => {
      chosen ??= choose(told)
      return (await chosen)(...given)
    }
    return { withPgClient: withPgClient as WithPgClient }
  }
}

/** Marks it for mask-error.ts. Logged, since a bug of ours would look the same. */
function sayWhenBehind(ask: WithPgClient, log: Logger): WithPgClient {
  const asked = (...given: Parameters<WithPgClient>) =>
    ask(...given).catch((error) => {
      if (!(error instanceof pg.DatabaseError && BEHIND_A_DEPLOY.includes(error.code ?? ''))) throw error
      log.warn(factsForLog(error), 'the replica lacks what the primary has: it has not replayed the last deploy')
      throw Object.assign(error, { isReplicaBehind: true })
    })
  return asked as WithPgClient
}

const fromPrimary = {
  readFrom: 'primary',
  note: 'The replica does not answer, so this was read from the primary: nothing is missing.',
}

const fromReplica = (seconds: number | null) => ({
  readFrom: 'replica',
  secondsBehind: seconds,
  ...(seconds !== 0 && {
    note: `This was read from a replica that is ${seconds ?? 'an unknown number of'} seconds behind: what changed since is missing here. Customers see the present, and so does every mutation.`,
  }),
})
