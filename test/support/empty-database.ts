import pg from 'pg'
import { inject } from 'vitest'
import { atTheEnd } from './at-the-end.ts'
import { urlOf } from './database.ts'
import { until } from './until.ts'

let count = 0

/** The owner's URL of a database with nothing in it. Dropped after the file, once its sessions have ended. */
export async function emptyDatabase(): Promise<string> {
  const name = `${inject('template').replace('_template', '')}_${process.pid}_empty_${++count}`
  await onServer(`create database ${name}`)
  atTheEnd(() => dropDatabase(name))
  return urlOf('owner', name)
}

/**
 * Not `with (force)`: that is refused to an owner while autovacuum, which runs as a superuser, is in the database. Nor
 * by ending sessions first: graphile-migrate, whose pool lives 200 ms longer than its work, ends the process for that.
 */
async function dropDatabase(name: string): Promise<void> {
  const sessions = `select from pg_stat_activity where datname = '${name}' and backend_type = 'client backend'`
  await until(async () => (await onServer(sessions)) === 0, `nobody is in ${name}`)
  await onServer(`drop database ${name}`)
}

async function onServer(sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: urlOf('owner', 'postgres') })
  await client.connect()
  try {
    return (await client.query(sql)).rowCount ?? 0
  } finally {
    await client.end()
  }
}
