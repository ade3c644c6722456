// What deploy:verify tells a person in the end.
import { type Cause, causes, type Expected, paths } from './verify-answer.ts'
import type { Round } from './verify-fleet.ts'

const advice: Record<Cause, string> = {
  'no answer':
    'No answer of the service: look at the address and its path, at TLS, and whether the balancer has anything to send it to.',
  commit:
    'Another commit that answers is an old process that still runs, or a deploy that was rolled back: look at the events of the service, and why the new processes ended.',
  build:
    'The commit is the right one, and was built with another schema or sql/ than this checkout has: verify from a clean checkout of that commit, or give the --schema of its own.',
  database:
    'The commit is the right one, and the database has another schema or sql/: run npm run migrate of this release. If the database is to be newer, as after a rollback, give --schema.',
  'not ready': 'The commit is the right one and is not ready: it says above why, and at /readyz what to do.',
}

/** Of every cause that the last rounds had, what it means and what to do, a line each. */
export function adviceOn(rounds: Round[]): string[] {
  const seen = new Set(rounds.flatMap((round) => paths.map((path) => round[path].cause)))
  return rounds.length === 0 ? [advice['no answer']] : causes.filter((cause) => seen.has(cause)).map((c) => advice[c])
}

/** Where sql/ was not compared: whose rules decide, which are the database's, whatever commit answers. */
export function rulesThatDecide(rounds: Round[], { sql }: Expected): string[] {
  const { '/version': version, '/readyz': database } = rounds.at(-1) ?? {}
  if (sql !== undefined || typeof database?.sql !== 'string') return []
  return [
    version?.sql === database.sql
      ? `The rules that decide are the commit's own, sql/ ${database.sql}.`
      : `The rules that decide are sql/ ${database.sql} of the database, which this commit was not built with.`,
  ]
}
