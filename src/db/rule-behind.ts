// Citus hands on what a worker refuses with all but its constraint's name, by which a broken rule is known here.
import type pg from 'pg'
import { filesIn, readSqlFiles } from './sql-file.ts'

/** Names of constraints on a shard end in its number. */
const shard = /_[0-9]{6,}$/

let sources: Map<string, string> | undefined

/** Gives an error that came from a worker the rule that it had there; every other stays as it is. */
export function restoreRule(error: pg.DatabaseError): void {
  const { constraint, message, code = '', where = '' } = error
  if (constraint !== undefined) error.constraint = constraint.replace(shard, '')
  else {
    const rule = code.startsWith('23') ? /constraint "(\w+)"/.exec(message)?.[1] : raisedBy(where, code)
    if (rule !== undefined) error.constraint = rule.replace(shard, '')
  }
}

/** The refusal of this code in the file of the function that raised it. */
function raisedBy(where: string, code: string): string | undefined {
  if (!code.startsWith('OR')) return undefined
  sources ??= new Map([...readSqlFiles(), ...filesIn('citus')].map(({ text }) => [nameIn(text), text]))
  const text = sources.get(/^PL\/pgSQL function ([\w.]+)\(/.exec(where)?.[1] ?? '')
  return text && new RegExp(`errcode = '${code}',\\s+constraint = '(\\w+)'`).exec(text)?.[1]
}

const nameIn = (text: string): string => /^create or replace function ([\w.]+)\(/m.exec(text)?.[1] ?? ''
