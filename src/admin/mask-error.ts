// What an admin is told when the database refuses a field: a code, the rule and a sentence. Bugs stay masked.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Logger } from 'pino'
import { GraphQLError } from 'postgraphile/graphql'
import { isBusy } from '../db/pool.ts'
import { restoreRule } from '../db/rule-behind.ts'
import { factsForLog } from '../facts-for-log.ts'
import { explain } from '../rest/explain.ts'
import { limits } from './limits.ts'

/** Sentences for what PostgreSQL itself refuses; the phone's wording would mislead an admin. */
const sentences: Record<string, string> = {
  '42501': 'Your role may not do this. Nothing was changed; ask somebody with the role admin.',
  '57014': 'The query ran for more than 3 seconds and was stopped. Narrow it: a customer, a shorter time, fewer rows.',
  '40001':
    'The replica gave this query up to keep pace with the primary. Nothing is wrong with the query or the data; ask again.',
  '55P03': 'Somebody else holds what this needs at the moment. Nothing was changed; try again.',
}

/** The codes of these are ours; every other code is the one that the phone would get. */
const codes: Record<string, string> = { '42501': 'FORBIDDEN', '57014': 'QUERY_TOO_SLOW' }

export function errorMask(log: Logger): (error: GraphQLError) => GraphQLError {
  return (error) => {
    const { originalError: cause } = error
    if (!cause || cause instanceof GraphQLError) return error // GraphQL's own: written for whoever wrote the query
    const told =
      cause instanceof pg.DatabaseError
        ? tellDatabaseError(cause)
        : (tellBadCursor(cause) ?? tellLongRequest(cause) ?? tellLostDatabase(cause))
    if (told) return replace(error, told.message, told.extensions)
    const errorId = randomUUID()
    log.error({ errorId, ...factsForLog(cause) }, 'a GraphQL field failed')
    return replace(error, 'Something went wrong on our side. The log says what, under this error id.', {
      code: 'INTERNAL_ERROR',
      errorId,
    })
  }
}

type Told = { message: string; extensions: Record<string, unknown> }

/** It replays a deploy as it replays everything else: in a moment, or when it goes on. */
const behindADeploy: Told = {
  message:
    'The replica, which admins’ queries read from, has not yet received the tables and functions of the last deploy. Nothing is wrong with the query or the data; ask again in a minute.',
  extensions: { code: 'SERVICE_UNAVAILABLE' },
}

function tellDatabaseError(error: pg.DatabaseError): Told | undefined {
  if ((error as { isReplicaBehind?: boolean }).isReplicaBehind) return behindADeploy
  restoreRule(error)
  const { code: sqlState = '', hint } = error
  const { code, rule, data } = explain(error)
  const isOurs = sqlState.startsWith('OR')
  if (code === 'INTERNAL_ERROR' && !codes[sqlState]) return undefined
  const message = isOurs ? error.message : (sentences[sqlState] ?? sentenceOf(error))
  return { message, extensions: { code: codes[sqlState] ?? code, rule, hint, ...(isOurs && data) } }
}

/** A constraint's name is its sentence. What has no name is told by PostgreSQL, which quotes no row in its message. */
function sentenceOf({ constraint, message }: pg.DatabaseError): string {
  return constraint ? `Nothing was changed, because this must hold: ${constraint.replaceAll('_', ' ')}.` : message
}

/** PostGraphile throws it as a plain error, which would look like a bug of ours. */
function tellBadCursor({ message }: Error): Told | undefined {
  if (!/\bcursor\b/i.test(message)) return undefined
  return {
    message: 'after is not a cursor of this page. Pass endCursor of a page with the same order by, or leave it out.',
    extensions: { code: 'BAD_REQUEST' },
  }
}

/** PostGraphile's own limit, for a request of many parts each of which is quick enough. */
function tellLongRequest({ message }: Error): Told | undefined {
  if (!message.startsWith('Execution timeout exceeded')) return undefined
  return {
    message: `The request ran for more than ${limits.executionMs / 1000} seconds, and this part of it was not waited for. Ask for less at once. If this was a change, look whether it was made before you repeat it.`,
    extensions: { code: 'QUERY_TOO_SLOW' },
  }
}

function tellLostDatabase(error: Error): Told | undefined {
  const { status, code } = explain(error)
  if (status !== 503) return undefined
  const message = isBusy(error)
    ? 'All database sessions of the admins are busy, so this was not begun. Try again in a few seconds.'
    : 'The database did not answer. If this was a change, look whether it was made before you repeat it.'
  return { message, extensions: { code } }
}

function replace(error: GraphQLError, message: string, extensions: Record<string, unknown>): GraphQLError {
  const { nodes, source, positions, path } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
