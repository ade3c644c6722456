// To replace a view waits for every transaction that has read it, and holds up those that want to: so it is replaced only
// when it differs. A view's own rule carries the mark: a hash of its file and of what the server has.
import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import type { SqlFile } from './sql-file.ts'

const mark = (file: SqlFile) => createHash('sha256').update(file.text).digest('hex').slice(0, 16)

/** What the server has of view $1, comments included; null when there is none. */
const present = `md5(pg_get_viewdef(c.oid) || coalesce(c.reloptions::text, '') || (
  select string_agg(coalesce(d.description, ''), ',' order by a.attnum)
  from (select 0 as attnum union all select attnum from pg_attribute where attrelid = c.oid and attnum > 0) a
  left join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = a.attnum))`

const rule = "(select r.oid from pg_rewrite r where r.ev_class = c.oid and r.rulename = '_RETURN')"

export async function isLoadedView(client: ClientBase, file: SqlFile): Promise<boolean> {
  const found = await client.query(
    `select from pg_class c where c.oid = to_regclass($1) and obj_description(${rule}, 'pg_rewrite') = $2 || ${present}`,
    [`api.${file.name}`, mark(file)],
  )
  return found.rowCount === 1
}

/** After every view is there: gives each column that its file does not describe the table column's words, and the mark. */
export async function finishView(client: ClientBase, file: SqlFile): Promise<void> {
  const view = `api.${file.name}`
  const own = [...file.text.matchAll(/^comment on column api\.\w+\.(\w+) is/gm)].map(([, column]) => column)
  const { rows: comments } = await client.query<{ sql: string }>(
    `select format('comment on column %s.%I is %L', c.oid::regclass, a.attname, found.description) as sql
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     cross join lateral (
       select col_description(s.attrelid, s.attnum) as description from pg_attribute s join pg_class t on t.oid = s.attrelid
       where s.attname = a.attname and col_description(s.attrelid, s.attnum) is not null
         and t.oid in (to_regclass('app.' || c.relname), to_regclass('api.orders'), to_regclass('app.orders')) and t.oid <> c.oid
       order by t.relname <> c.relname, t.relnamespace = 'app'::regnamespace limit 1) found
     where c.oid = $1::regclass and not a.attname = any ($2) and col_description(c.oid, a.attnum) is distinct from found.description`,
    [view, own],
  )
  for (const { sql } of comments) await client.query(sql)
  const { rows: marks } = await client.query<{ sql: string }>(
    `select format('comment on rule "_RETURN" on %s is %L', c.oid::regclass, $2 || ${present}) as sql from pg_class c
     where c.oid = $1::regclass and obj_description(${rule}, 'pg_rewrite') is distinct from $2 || ${present}`,
    [view, mark(file)],
  )
  for (const { sql } of marks) await client.query(sql)
}
