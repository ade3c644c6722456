// The tables once more in schema `bench`: the same columns, defaults, constraints and indexes, and no triggers.
import type { Database } from './server.ts'

const tables = ['orders', 'truck_requests', 'order_events']

/** Empty copies. Foreign keys are not part of what `like` copies, so they are said again. */
export async function makeCopies(database: Database): Promise<void> {
  const foreignKeys = await database.ask<{ sql: string }>(
    `select format('alter table bench.%I add constraint %I %s', c.relname, k.conname,
       replace(pg_get_constraintdef(k.oid), 'app.', 'bench.')) as sql
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and c.relnamespace = 'app'::regnamespace and c.relname = any ($1)`,
    [tables],
  )
  const copies = tables.map((table) => `create table bench.${table} (like app.${table} including all)`)
  await database.ask(['drop schema if exists bench cascade', 'create schema bench', ...copies].join(';'))
  for (const { sql } of foreignKeys) await database.ask(sql)
  for (const { sql } of await database.ask<{ sql: string }>(settingsOfTables, [tables])) await database.ask(sql)
  await refuseDifference(database)
}

/** When autovacuum comes, above all: `like` leaves that out too. */
const settingsOfTables = `
  select format('alter table bench.%I set (%s)', c.relname, array_to_string(c.reloptions, ', ')) as sql
  from pg_class c
  where c.relnamespace = 'app'::regnamespace and c.relname = any ($1) and c.reloptions is not null`

/** Fills empty copies with what the tables hold, as a superuser, whose session checks no foreign key that holds already. */
export async function fillCopies(database: Database): Promise<void> {
  const statements = await database.ask<{ sql: string }>(
    `select format('insert into bench.%1$I (%2$s) overriding system value select %2$s from app.%1$I', t.name, (
       select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
       where a.attrelid = format('app.%I', t.name)::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '')) as sql
     from unnest($1::text[]) t(name)`,
    [tables],
  )
  const all = statements.map(({ sql }) => sql)
  const goOn = "select setval(pg_get_serial_sequence('bench.order_events', 'id'), max(id)) from bench.order_events"
  await database.asSuperuser(['set session_replication_role = replica', ...all, goOn].join(';'))
}

/** A copy that lacks an index or a constraint would flatter nobody but itself. */
async function refuseDifference(database: Database): Promise<void> {
  const differences = await database.ask<{ what: string }>(
    `with counts as (
       select c.relname, c.relnamespace::regnamespace::text as schema,
         (select count(*) from pg_index i where i.indrelid = c.oid) as indexes,
         (select count(*) from pg_constraint k where k.conrelid = c.oid) as constraints
       from pg_class c where c.relname = any ($1) and c.relnamespace::regnamespace::text in ('app', 'bench'))
     select format('%s: %s indexes and %s constraints against %s and %s', a.relname, a.indexes, a.constraints,
       b.indexes, b.constraints) as what
     from counts a left join counts b on b.relname = a.relname and b.schema = 'bench'
     where a.schema = 'app' and (a.indexes, a.constraints) is distinct from (b.indexes, b.constraints)`,
    [tables],
  )
  if (differences.length > 0) throw new Error(`The copies differ: ${differences.map(({ what }) => what).join('; ')}`)
}

/** Both sides must have written the same rows, or one of them was measured at less work. Counted for each order. */
export async function refuseUnequalWork(database: Database): Promise<void> {
  const perOrder = (schema: string) => `
    select '${schema}' as schema, round(requests.n / orders.n, 6) as requests, round(events.n / orders.n, 6) as events,
      round(orders.expired / orders.n, 6) as expired, round(requests.expired / orders.n, 6) as expired_requests
    from (select count(*)::numeric n, count(*) filter (where status = 'expired') expired from ${schema}.orders) orders,
      (select count(*)::numeric n, count(*) filter (where status = 'expired') expired from ${schema}.truck_requests) requests,
      (select count(*)::numeric n from ${schema}.order_events) events`
  const [app, bench] = await database.ask<Record<string, string>>(
    `${perOrder('app')} union all ${perOrder('bench')} order by 1`,
  )
  const [ours, theirs] = [app, bench].map((side) => JSON.stringify({ ...side, schema: undefined }))
  if (ours !== theirs) throw new Error(`One side wrote other rows for each order: ${ours} in app, ${theirs} in bench`)
}
