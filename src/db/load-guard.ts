// To make a trigger locks out every writer of its table, so it is made again only when its definition changed. The
// trigger's comment carries the hash of the file's definition and of what the server made of it; a trigger that was
// dropped, replaced or switched off by hand differs. api.health() reads the same mark.
import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import type { SqlFile } from './sql-file.ts'

export async function loadGuard(client: ClientBase, file: SqlFile): Promise<void> {
  const start = file.text.indexOf('create or replace trigger')
  const definition = file.text.slice(start)
  const table = /\son (app\.\w+)/.exec(definition)?.[1]
  const mark = `definition ${createHash('sha256').update(definition).digest('hex').slice(0, 16)} `
  await client.query(file.text.slice(0, start))
  const current = await client.query(
    `select from pg_trigger where tgname = $1 and tgrelid = $2::regclass and tgenabled = 'O'
     and obj_description(oid, 'pg_trigger') = $3 || md5(pg_get_triggerdef(oid))`,
    [file.name, table, mark],
  )
  if (current.rowCount === 1) return
  await client.query(definition)
  await client.query(`alter table ${table} enable trigger ${file.name}`)
  const made = await client.query<{ sql: string }>(
    `select format('comment on trigger %I on %s is %L', tgname, tgrelid::regclass, $3 || md5(pg_get_triggerdef(oid))) as sql
     from pg_trigger where tgname = $1 and tgrelid = $2::regclass`,
    [file.name, table, mark],
  )
  await client.query(made.rows[0]?.sql ?? '')
}
