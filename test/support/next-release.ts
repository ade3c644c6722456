// A release after this one, as a deploy would bring it: the same tree with one more migration and other functions.
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateHash } from 'graphile-migrate/dist/hash.js'
import { project, temporaryFolder } from './program.ts'

/**
 * What migrations may do while older servers run: add. Each locks one table, so that it never waits for one while it
 * holds another, and gives way before a customer who waits behind it does, after half a second. Without a default: with one,
 * PostgreSQL 15.20 refuses the column while a function with a standard body takes a row of the table.
 */
const migrations = ['settings', 'orders', 'order_events', 'truck_requests', 'trips', 'disputes'].map(
  (table) => `-- Adds a column.
set local lock_timeout = '200ms';
alter table app.${table} add column note text;`,
)
migrations.push(
  '-- Adds a table.\ncreate table app.notes (id bigint generated always as identity primary key, note text not null);',
)

/** The folder of the next release, and the number of its schema. */
export function nextRelease(): { folder: string; schema: string } {
  const folder = temporaryFolder()
  for (const part of ['src', 'sql', 'migrations', 'package.json'])
    cpSync(join(project, part), join(folder, part), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  let schema = ''
  for (const sql of migrations) schema = addMigration(join(folder, 'migrations', 'committed'), sql)
  replaceIn(join(folder, 'sql/rest/order_json.sql'), '(json_build_object(', "(json_build_object('note', p_order.note, ")
  writeFileSync(
    join(folder, 'sql/helpers/longest_note.sql'),
    `create or replace function api.longest_note() returns integer language sql stable begin atomic
       select coalesce(max(length(o.note)), 0) from app.orders o;
     end;
     comment on function api.longest_note() is 'Only here.';`,
  )
  return { folder, schema }
}

function addMigration(committed: string, sql: string): string {
  const files = readdirSync(committed).sort()
  const newest = readFileSync(join(committed, files.at(-1) ?? ''), 'utf8')
  const previous = /^--! Hash: (\S+)/m.exec(newest)?.[1] ?? ''
  const schema = String(files.length + 1).padStart(6, '0')
  const header = `--! Previous: ${previous}\n--! Hash: ${calculateHash(sql, previous)}\n--! Message: next`
  writeFileSync(join(committed, `${schema}-next.sql`), `${header}\n\n${sql}\n`)
  return schema
}

function replaceIn(file: string, what: string, by: string): void {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(what)) throw new Error(`${file} no longer contains ${what}`)
  writeFileSync(file, text.replace(what, by))
}
