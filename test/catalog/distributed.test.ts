// What Citus asks of the schema and of the statements in sql/, seen on one server, so that what would not run distributed is
// found before anybody distributes it. What is a file of sql/citus/ there is not judged: it is another function.
import { describe, expect, it } from 'vitest'
import { forCitus } from '../../src/db/for-citus.ts'
import { filesIn, readSqlFiles } from '../../src/db/sql-file.ts'
import { copyDatabase } from '../support/database.ts'

const { owner } = await copyDatabase()

const distributed = ['disputes', 'order_events', 'orders', 'trips', 'truck_requests']
const ofCitus = filesIn('citus')

describe('a rule of a distributed table', () => {
  it('contains the customer, but for the two that hold across customers: live trips of a vehicle and of a driver', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `with tables as (select c.oid from pg_class c where c.relnamespace = 'app'::regnamespace and c.relname = any ($1)),
         customer as (select a.attrelid, a.attnum from pg_attribute a where a.attname = 'customer_id')
       select x.relname::text as name from pg_index i join pg_class x on x.oid = i.indexrelid join customer c on c.attrelid = i.indrelid
       where i.indrelid in (table tables) and (i.indisunique or i.indisexclusion) and not c.attnum = any (i.indkey::smallint[])
       union all
       select k.conname from pg_constraint k join customer c on c.attrelid = k.conrelid
       where k.contype = 'f' and k.conrelid in (table tables) and not c.attnum = any (k.conkey)
       union all
       select k.conname from pg_constraint k where k.contype = 'f' and k.confrelid in (table tables) and k.conrelid not in (table tables)`,
      [distributed],
    )
    expect(rows.map(({ name }) => name).sort()).toEqual(['one_live_trip_per_driver', 'one_live_trip_per_vehicle'])
  })
})

const volatile = /\b(clock_timestamp|gen_random_uuid|uuid_v7|random|nextval)\(/
const updates = /\bupdate app\.\w+ (?:as )?\w+\s+set\b[^;]*/g
const tables = `(?:${distributed.join('|')})`
const aliases = new RegExp(`\\b(?:from|join|update) \\(*app\\.${tables} (?:as )?(\\w+)`, 'gi')

/** What a function may not do in a statement that reaches a shard, and the words of `sql` that do. */
const shapes: [shape: string, offences: (sql: string) => string[]][] = [
  [
    'a sub-select inside values (…) of an insert',
    (sql) =>
      [...sql.matchAll(/\binsert into app\.[^;]*?\bvalues\b([^;]*?)(?:\bon conflict\b|\breturning\b|;)/gi)].flatMap(
        ([, values = '']) => values.match(/\(\s*select\b/gi) ?? [],
      ),
  ],
  [
    'a sub-select in the update of an upsert',
    (sql) => sql.match(/\bon conflict\b[^;]*\bdo update\b[^;]*\(\s*select\b/gi) ?? [],
  ],
  ['a volatile function in an update', (sql) => (sql.match(updates) ?? []).filter((update) => volatile.test(update))],
  ['locks that pass over what is held', (sql) => sql.match(/\bskip locked\b/gi) ?? []],
  [
    'a whole row of a table given to a function: on a shard it is of another type',
    (sql) =>
      [...new Set([...[...sql.matchAll(aliases)].map(([, alias]) => alias), 'old', 'new'])].flatMap(
        (alias) =>
          sql.match(new RegExp(`\\b(?:api|rest)\\.\\w+\\([^()]*?\\b(?<!\\.)${alias}(?:\\.\\*)?\\s*[,)]`, 'g')) ?? [],
      ),
  ],
]

describe('no function but one that Citus has of its own contains', () => {
  it.each(shapes)('%s', async (_, offences) => {
    const { rows } = await owner.query<{ name: string; sql: string }>(
      `select p.oid::regprocedure::text as name, regexp_replace(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), '--[^\\n]*', '', 'g') as sql
       from pg_proc p where p.pronamespace in ('app'::regnamespace, 'api'::regnamespace, 'rest'::regnamespace)
         and not p.proname = any ($1) and p.proname <> 'uuid_v7'`,
      [ofCitus.map(({ name }) => name)],
    )
    expect(rows.length).toBeGreaterThan(50)
    const found = rows.flatMap(({ name, sql }) =>
      offences(sql).map((words) => `${name}: ${words.replace(/\s+/g, ' ')}`),
    )
    expect(found).toEqual([])
  })
})

// They must see what they are for: each is shown words that are as wrong as can be.
it.each([
  ['insert into app.orders as o (id) values (p_id, (select s.x from app.settings s)) returning o.id;', 0],
  ['insert into app.disputes as d (id) values (1) on conflict (id) do update set notes = (select 1);', 1],
  ["update app.orders o\nset status = 'x', updated_at = clock_timestamp() where true;", 2],
  ['select o.id from app.orders o for update skip locked;', 3],
  ['select d.* from app.orders o cross join lateral api.order_at(o, now()) d;', 4],
  ['perform api.refuse_trip_move(old, new.status);', 4],
])('the judge of shapes objects to: %s', (sql, shape) => {
  expect(shapes[shape]?.[1](sql)).toHaveLength(1)
})

/** What callers see of every function, view and guard: all but how it is done. */
async function outside(): Promise<string[]> {
  const { rows } = await owner.query<{ shape: string }>(
    `with schemas as (select n.oid from pg_namespace n where n.nspname in ('app', 'api', 'rest'))
     select format('%s(%s) returns %s, volatility %s, security definer %s', p.oid::regproc, pg_get_function_arguments(p.oid),
       pg_get_function_result(p.oid), p.provolatile, p.prosecdef) as shape
     from pg_proc p where p.pronamespace in (table schemas)
     union all
     select format('%s, column %s: %s %s', c.oid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod))
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where c.relkind = 'v' and c.relnamespace in (table schemas)
     union all
     select format('trigger %s on %s', t.tgname, t.tgrelid::regclass)
     from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal and c.relnamespace in (table schemas)`,
  )
  return rows.map(({ shape }) => shape).sort()
}

/** Citus alone needs these; every other file of sql/citus/ is a second way to do what sql/ does. */
const additions = ['carry_actor', 'claim_truck', 'claimed_trip', 'live_trip_has_its_truck']

/** Runs files and takes them back. Returns what callers see then. */
async function outsideWith(files: { name: string; text: string }[]): Promise<string[]> {
  await owner.query('begin')
  try {
    for (const { name, text } of files)
      await owner.query(text).catch((error) => expect.fail(`${name} as Citus gets it: ${error.message}`))
    return await outside()
  } finally {
    await owner.query('rollback')
  }
}

describe('what Citus gets in place of a file keeps its arguments, results, columns and guards', () => {
  const standIns = ofCitus.filter(({ name }) => !additions.includes(name))

  it.each(standIns)('$name', async (file) => {
    expect(await outsideWith([file])).toEqual(await outside())
  })

  it('every other one, said otherwise while it is loaded', async () => {
    const others = forCitus(readSqlFiles()).filter(({ name }) => !ofCitus.some((file) => file.name === name))
    expect(others.length).toBeGreaterThan(100)
    expect(await outsideWith(others)).toEqual(await outside())
  })
})
