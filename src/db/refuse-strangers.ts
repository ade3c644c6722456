import type { ClientBase } from 'pg'
import type { SqlFile } from './sql-file.ts'

/**
 * Functions and relations of api and rest, functions of app and triggers on its tables: each has a file of its name.
 * app.uuid_v7 is the one function that a migration makes, because a column default depends on it.
 */
export async function refuseStrangers(client: ClientBase, files: SqlFile[]): Promise<void> {
  const schemaOf = (file: SqlFile) => (file.folder === 'guards' ? 'app' : file.folder === 'rest' ? 'rest' : 'api')
  const expected = [...files.map((file) => `${schemaOf(file)}.${file.name}`), 'app.uuid_v7']
  const { rows } = await client.query<{ name: string; described: string; count: number }>(
    `select name, string_agg(described, ', ') as described, count(*)::integer from (
       select n.nspname || '.' || p.proname as name, p.oid::regprocedure::text as described
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('api', 'rest', 'app')
       union all
       select n.nspname || '.' || c.relname, c.oid::regclass::text
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('api', 'rest')
       union all
       select t.tgname, 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass
       from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'app'::regnamespace and not t.tgisinternal and not 'app.' || t.tgname = any($1)
     ) found group by 1`,
    [expected],
  )
  const strangers = rows.filter((found) => !expected.includes(found.name) || found.count > 1)
  const missing = expected.filter((name) => !rows.some((found) => found.name === name))
  if (strangers.length > 0)
    throw new Error(
      `No file in sql/ makes these: ${strangers.map((found) => found.described).join('; ')}. Drop them, or give each its file.`,
    )
  if (missing.length > 0)
    throw new Error(`These files in sql/ do not make the function of their name: ${missing.join(', ')}.`)
}
