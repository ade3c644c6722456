// From any error to the problem that it is for the client.
import pg from 'pg'
import { fieldAtFault } from './field-at-fault.ts'
import {
  internal,
  invalid,
  type Problem,
  problemByRule,
  problemBySqlState,
  unavailable,
  unconfirmed,
} from './problems.ts'

/** A rule of the HTTP layer itself was broken; `data` goes to the client. */
export function refusal(rule: keyof typeof problemByRule, data?: object): Error {
  return Object.assign(new Error(rule), { rule, data })
}

/** What to tell the client about any error: the problem, the facts that go with it, and the rule that was broken. */
export function explain(error: unknown): Problem & { rule?: string; data?: Record<string, unknown> } {
  if ((error as { isBeforeAnyStatement?: boolean }).isBeforeAnyStatement) return unavailable
  if (error instanceof pg.DatabaseError) {
    const { code = '', constraint: rule } = error
    const byRule = rule === undefined ? undefined : problemByRule[rule]
    if (byRule) return { ...byRule, rule, data: error.detail?.startsWith('{') ? JSON.parse(error.detail) : undefined }
    const problem = problemBySqlState[code] ?? problemBySqlState[code.slice(0, 2)] ?? internal
    return problem === invalid ? { ...invalid, rule, data: fieldAtFault(error) } : { ...problem, rule }
  }
  const { rule, data } = error as { rule?: string; data?: Record<string, unknown> }
  const byRule = rule === undefined ? undefined : problemByRule[rule]
  if (byRule) return { ...byRule, rule, data }
  return databaseProblem(error) ?? internal
}

/** Errors of the driver and of the socket, not of the database: the statement was lost on the way, or its answer was. */
function databaseProblem(error: unknown): Problem | undefined {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (
    /^E(CONNRESET|PIPE|HOSTUNREACH|TIMEDOUT)$/.test(code) ||
    /Connection terminated|encountered a connection error|Query read timeout/.test(message)
  )
    return unconfirmed
  return undefined
}
