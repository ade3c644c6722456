import pg from 'pg'
import { expect, it } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { startDebianPostgres } from '../support/debian-postgres.ts'

type Finding = { function: string; level: string; message: string; detail: string | null }

/** Trigger functions with each table that they guard, and what they call its rows before and after. */
const findingsSql = `
  select f.oid::regprocedure::text as function, c.level, c.message, c.detail
  from pg_proc f
  join pg_namespace n on n.oid = f.pronamespace
  join pg_language l on l.oid = f.prolang
  left join pg_trigger t on t.tgfoid = f.oid and not t.tgisinternal
  cross join lateral plpgsql_check_function_tb(f.oid, coalesce(t.tgrelid, 0), oldtable => t.tgoldtable, newtable => t.tgnewtable,
    other_warnings => true, extra_warnings => true, performance_warnings => true, security_warnings => true,
    compatibility_warnings => true) c
  where n.nspname in ('api', 'rest', 'app') and l.lanname = 'plpgsql'`

it('plpgsql_check finds nothing wrong with any function', async () => {
  const { url, superuserUrl } = await startDebianPostgres()
  await migrateDatabase(url)
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  await client.query('create extension plpgsql_check')
  const { rows: functions } = await client.query(
    `select from pg_proc f join pg_language l on l.oid = f.prolang join pg_namespace n on n.oid = f.pronamespace
     where n.nspname in ('api', 'rest', 'app') and l.lanname = 'plpgsql'`,
  )
  const { rows: findings } = await client.query<Finding>(findingsSql)
  await client.query(
    `create function app.is_broken() returns integer language plpgsql as 'begin return (select no_such_column from app.orders); end'`,
  )
  const { rows: withBroken } = await client.query<Finding>(findingsSql)
  await client.end()
  const hints = findings.filter((finding) => finding.level === 'performance')
  console.log(`${functions.length} functions, ${hints.length} performance hints\n${hints.map(sentence).join('\n')}`)
  expect(functions.length).toBeGreaterThan(20)
  expect(findings.filter((finding) => finding.level !== 'performance').map(sentence)).toEqual([])
  expect(withBroken.filter((finding) => finding.level === 'error')).toHaveLength(1)
})

const sentence = (finding: Finding) =>
  `${finding.function}: ${finding.level}: ${finding.message} ${finding.detail ?? ''}`
