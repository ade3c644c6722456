// A mutation is one rule taken away. test/full/mutations.test.ts takes each away in turn and expects a test to fail.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

export type Mutation = { sql: string } | { file: string; replace: string; by: string }

/** Applies a mutation, given as JSON, to the template database. Does nothing without one. */
export async function mutate(ownerUrl: string, json: string | undefined): Promise<void> {
  if (!json) return
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  await client.query(statementOf(JSON.parse(json) as Mutation))
  await client.end()
}

function statementOf(mutation: Mutation): string {
  if ('sql' in mutation) return mutation.sql
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'sql', mutation.file), 'utf8')
  if (!text.includes(mutation.replace)) throw new Error(`${mutation.file} does not contain: ${mutation.replace}`)
  return text.replace(mutation.replace, () => mutation.by)
}
