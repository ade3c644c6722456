import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

const db = await copyDatabase()
const rest = new pg.Client({ connectionString: db.restUrl })
await rest.connect()
afterAll(() => rest.end())
const { customer, id } = await make.order(db.owner)
await db.owner.query('select api.expire_due_orders()')

/** What the REST login may call: the page that a reviewer reads, sql/grants.sql, said once more. */
const granted = [
  'rest.cancel_order(uuid,uuid,text)',
  'rest.cancel_preview(uuid,uuid)',
  'rest.check_active(uuid)',
  'rest.create_order(uuid,text,text,text,jsonb)',
  'rest.list_orders(uuid,integer,integer)',
  'rest.order_detail(uuid,uuid)',
  'rest.order_status(uuid,uuid)',
  'rest.readiness()',
]

const owned = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
const namesOf = async (query: string) =>
  (await db.owner.query<{ name: string }>(query)).rows.map(({ name }) => name).sort()

const tablesOf = () =>
  namesOf(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${owned} and c.relkind in ('r', 'p')`,
  )

/** The rows of every table of the service with their versions: a write that changes nothing shows too. */
async function rowsNow(): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {}
  for (const table of await tablesOf())
    rows[table] = await one(
      db.owner,
      `select count(*), md5(string_agg(t.xmin || ' ' || t::text, ',' order by t.ctid)) from ${table} t`,
    )
  return rows
}

/** Everything that a login could have made or changed, apart from rows: objects, their rights, roles and settings. */
const catalogNow = () =>
  one(
    db.owner,
    `select
       (select md5(string_agg(c.oid::regclass || c.relkind::text || coalesce(c.relacl::text, ''), ',' order by c.oid)) from pg_class c
        where c.relnamespace <> 'pg_toast'::regnamespace) as relations,
       (select md5(string_agg(p.oid::regprocedure || p.prosrc || coalesce(p.proacl::text, ''), ',' order by p.oid)) from pg_proc p) as functions,
       (select string_agg(n.nspname || coalesce(n.nspacl::text, ''), ',' order by n.oid) from pg_namespace n where ${owned}) as schemas,
       (select string_agg(t.tgname || t.tgenabled::text, ',' order by t.oid) from pg_trigger t) as triggers,
       (select string_agg(x.extname, ',' order by x.oid) from pg_extension x) as extensions,
       (select string_agg(r::text, ',' order by r.rolname) from pg_roles r where r.rolname in ('weelo_rest', current_user)) as roles,
       (select count(*)::integer from pg_largeobject_metadata) as large_objects`,
  )

describe('the REST login', () => {
  it('is nobody else, and nobody special', async () => {
    expect(
      await one(
        db.owner,
        `select rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
           array(select m.roleid::regrole::text from pg_auth_members m where m.member = r.oid) as member_of
         from pg_roles r where rolname = 'weelo_rest'`,
      ),
    ).toEqual({
      rolsuper: false,
      rolinherit: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      member_of: [],
    })
    expect(
      await namesOf("select c.oid::regclass::text as name from pg_class c where c.relowner = 'weelo_rest'::regrole"),
    ).toEqual([])
  })

  it('may execute the granted functions, and no other function outside the system', async () => {
    const may = await namesOf(
      `select n.nspname || '.' || p.proname || '(' || replace(oidvectortypes(p.proargtypes), ', ', ',') || ')' as name
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where ${owned} and has_function_privilege('weelo_rest', p.oid, 'execute')`,
    )
    expect(may).toEqual(granted)
  })

  it('reaches only what runs as its owner with an empty search path', async () => {
    const unfenced = await namesOf(
      `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where ${owned} and has_function_privilege('weelo_rest', p.oid, 'execute')
         and not (p.prosecdef and coalesce(p.proconfig, '{}') @> array['search_path=""'])`,
    )
    expect(unfenced).toEqual([])
  })

  it('has no right on any table, view, sequence or column', async () => {
    const rights = await namesOf(
      `select format('%s on %s', p.privilege, c.oid::regclass) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace,
         unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
           || case when current_setting('server_version_num')::integer >= 170000 then 'maintain' end) p(privilege)
       where ${owned} and c.relkind in ('r', 'p', 'v', 'm', 'f') and p.privilege is not null and (
         has_table_privilege('weelo_rest', c.oid, p.privilege)
         or p.privilege in ('select', 'insert', 'update', 'references') and has_any_column_privilege('weelo_rest', c.oid, p.privilege))
       union all
       select format('%s on %s', p.privilege, c.oid::regclass) from pg_class c join pg_namespace n on n.oid = c.relnamespace,
         unnest(array['usage', 'select', 'update']) p(privilege)
       where ${owned} and c.relkind = 'S' and has_sequence_privilege('weelo_rest', c.oid, p.privilege)`,
    )
    expect(rights).toEqual([])
  })

  it('may use the schema rest alone, and make nothing anywhere, not even for a moment', async () => {
    const rights = await namesOf(
      `select format('%s on schema %s', p.privilege, n.nspname) as name
       from pg_namespace n, unnest(array['usage', 'create']) p(privilege)
       where has_schema_privilege('weelo_rest', n.oid, p.privilege)
         and not (p.privilege = 'usage' and n.nspname in ('pg_catalog', 'information_schema', 'public'))
       union all
       select format('%s on this database', p.privilege) from unnest(array['create', 'temporary']) p(privilege)
       where has_database_privilege('weelo_rest', current_database(), p.privilege)
       union all
       select format('create on tablespace %s', t.spcname) from pg_tablespace t where has_tablespace_privilege('weelo_rest', t.oid, 'create')
       union all
       select format('usage on server %s', s.srvname) from pg_foreign_server s where has_server_privilege('weelo_rest', s.oid, 'usage')`,
    )
    expect(rights).toEqual(['usage on schema rest'])
  })

  it('finds nothing in the schema public to build on', async () => {
    const found = await namesOf(
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'public'::regnamespace
       union all select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace`,
    )
    expect(found).toEqual([])
  })
})

const owner = new URL(db.ownerUrl).username
const tables = await tablesOf()
const functions = await namesOf(
  `select format('%I.%I(%s)', n.nspname, p.proname,
     (select string_agg('null::' || format_type(t, null), ', ' order by i) from unnest(p.proargtypes) with ordinality a(t, i))) as name
   from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where ${owned} and not has_function_privilege('weelo_rest', p.oid, 'execute')`,
)

const DENIED = '42501'
/** What a server says that was installed without the extension: before it looks at who asks. */
const DENIED_OR_ABSENT = '42501 or 0A000'
/** A statement, and the SQLSTATE of its refusal where that is not "permission denied". */
type Hostile = [statement: string, code?: string]

const onTables: Hostile[] = tables.flatMap((table) => [
  [`select * from ${table}`],
  [`select from ${table} limit 0`],
  [`select count(*) from ${table}`],
  [`table ${table}`],
  [`insert into ${table} default values`],
  [`update ${table} set ctid = ctid`],
  [`delete from ${table}`],
  [`truncate ${table} cascade`],
  [`copy ${table} to stdout`],
  [`copy ${table} from stdin`],
  [`begin; lock table ${table} in access share mode`],
  [`drop table ${table} cascade`],
  [`alter table ${table} disable trigger all`],
  [`alter table ${table} owner to weelo_rest`],
  [`comment on table ${table} is 'mine'`],
  [`grant all on ${table} to weelo_rest`],
  [`create index on ${table} ((1))`],
  [`explain (analyze) select * from ${table}`],
  [`explain select * from ${table}`],
  [`prepare reading as select * from ${table}`],
  [`declare reader cursor with hold for select * from ${table}`],
  [`select query_to_xml('select * from ${table}', true, true, '')`],
  [`select table_to_xml('${table}', true, true, '')`],
  [`do $$ begin perform from ${table}; end $$`],
  [`do $$ begin execute 'delete from ${table}'; end $$`],
  [`select nextval(pg_get_serial_sequence('${table}', 'id'))`],
])

const onFunctions: Hostile[] = functions.flatMap((call) => [
  [`select ${call}`],
  [`do $$ begin perform ${call}; end $$`],
])

const becoming: Hostile[] = [
  ...[
    ...[owner, 'postgres', 'pg_read_all_data', 'pg_write_all_data', 'pg_monitor', 'pg_signal_backend'],
    ...['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_database_owner'],
  ].flatMap((role): Hostile[] => [
    [`set role ${role}`],
    [`set session authorization ${role}`],
    [`select set_config('role', '${role}', false)`],
    [`reassign owned by ${role} to weelo_rest`],
    [`drop owned by ${role} cascade`],
  ]),
  ...[owner, 'postgres'].flatMap((role): Hostile[] => [
    [`grant ${role} to weelo_rest`],
    [`grant weelo_rest to ${role}`],
    [`alter role ${role} password 'mine'`],
    [`alter role ${role} set search_path = 'mine'`],
    [`alter role ${role} in database ${db.name} set search_path = 'mine'`],
    [`drop role ${role}`],
  ]),
  ['grant pg_read_all_data, pg_execute_server_program to weelo_rest'],
  ['reset role; table app.orders'],
  ['reset session authorization; table app.orders'],
  ['set role none; table app.orders'],
  ['alter role weelo_rest superuser'],
  ['alter role weelo_rest createrole'],
  ['alter role weelo_rest createdb'],
  ['alter role weelo_rest bypassrls'],
  ['alter role weelo_rest replication'],
  ['alter role weelo_rest rename to mine', '0A000'],
  ['alter role all set search_path = mine'],
  ['create role mine superuser'],
  ['create role mine login'],
  ['create user mine in role pg_read_all_data'],
  [`alter default privileges for role ${owner} grant all on tables to weelo_rest`],
  ['grant all on schema app to weelo_rest'],
  ['grant execute on all functions in schema api to weelo_rest'],
]

const making: Hostile[] = [
  ['create table mine (x int)'],
  ['create table public.mine (x int)'],
  ['create table rest.mine (x int)'],
  ['create temporary table mine (x int)'],
  ['create temporary view orders as select 1'],
  ['create temporary sequence mine'],
  ['select 1 as x into temporary mine'],
  ['create table pg_temp.orders as select 1'],
  ['create unlogged table public.mine (x int)'],
  ['create view public.mine as select 1'],
  ['create view public.mine as table app.orders'],
  ['create materialized view public.mine as select 1 as x'],
  ['create sequence public.mine'],
  ['create type public.mine as (x int)'],
  ['create domain pg_temp.mine as int'],
  ['create schema mine'],
  ['create schema authorization weelo_rest'],
  ["create function public.mine() returns int language sql as 'select 1'"],
  ["create function pg_temp.mine() returns int language sql as 'select 1'"],
  ["create function pg_temp.clock_timestamp() returns timestamptz language sql as 'select now()'"],
  ["create or replace function rest.check_active(p_customer_id uuid) returns text language sql as 'select 1::text'"],
  ["create function rest.mine() returns int language sql security definer as 'select 1'"],
  ["create function pg_catalog.mine() returns int language sql as 'select 1'"],
  ["create function public.mine() returns int language c as 'libc', 'system'"],
  ["create procedure public.mine() language sql as 'select 1'"],
  ['create aggregate public.mine(int) (sfunc = int4pl, stype = int)'],
  ['create operator public.= (leftarg = uuid, rightarg = uuid, function = uuid_ne)'],
  ['create cast (text as uuid) with inout as implicit'],
  ['create collation public.mine from "C"'],
  ['create extension dblink', DENIED_OR_ABSENT],
  ['create extension postgres_fdw', DENIED_OR_ABSENT],
  ['create extension file_fdw', DENIED_OR_ABSENT],
  ['create extension plpython3u', DENIED_OR_ABSENT],
  ['create extension hstore', DENIED_OR_ABSENT],
  ['create language plperlu', DENIED_OR_ABSENT],
  ['create database mine'],
  ["create tablespace mine location '/tmp'"],
  ['create publication mine'],
  ["create subscription mine connection 'host=127.0.0.1' publication mine"],
  ['create event trigger mine on ddl_command_start execute function app.order_starts_active()'],
  ['create foreign data wrapper mine'],
  ['create statistics public.mine on id, status from app.orders'],
  ['create trigger mine before insert on app.orders for each row execute function app.order_starts_active()'],
  ['create rule mine as on insert to app.orders do instead nothing'],
  ['create policy mine on app.orders using (true)'],
]

const destroying: Hostile[] = [
  ['drop schema app cascade'],
  ['drop schema rest cascade'],
  ['drop function rest.check_active(uuid)'],
  ['drop function rest.create_order cascade'],
  ['drop trigger order_move_is_legal on app.orders'],
  ['drop index app.one_active_order_per_customer'],
  [`drop database ${db.name}`],
  [`alter database ${db.name} set search_path = 'mine'`],
  [`alter database ${db.name} owner to weelo_rest`],
  ['alter schema rest owner to weelo_rest'],
  ['alter schema rest rename to mine'],
  ['alter function rest.check_active(uuid) security invoker'],
  ['alter function rest.check_active(uuid) reset search_path'],
  ['alter function rest.check_active(uuid) owner to weelo_rest'],
  ["comment on schema rest is 'mine'"],
  ["comment on function rest.check_active(uuid) is 'mine'"],
  ["alter system set log_statement = 'all'"],
  ['set session_replication_role = replica'],
  ['set log_statement = none'],
  ['set zero_damaged_pages = on'],
  ['checkpoint'],
  ['select pg_reload_conf()'],
  ['select pg_rotate_logfile()'],
  ['select pg_switch_wal()'],
  ['select pg_stat_reset()'],
  ["select pg_create_physical_replication_slot('mine')"],
  [`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${owner}' limit 1`],
  [`select pg_cancel_backend(pid) from pg_stat_activity where usename = '${owner}' limit 1`],
]

const peeking: Hostile[] = [
  ['select * from pg_authid'],
  ['select * from pg_shadow'],
  ['select * from pg_user_mapping'],
  ['select * from pg_statistic'],
  ['select * from pg_hba_file_rules'],
  ['select * from pg_file_settings'],
  ['select * from pg_largeobject'],
  ['select * from pg_subscription'],
  ["select pg_read_file('/etc/passwd')"],
  ["select pg_read_binary_file('postgresql.conf')"],
  ["select pg_stat_file('/etc/passwd')"],
  ["select pg_ls_dir('/')"],
  ['select pg_ls_logdir()'],
  ['select pg_ls_waldir()'],
  ["select lo_import('/etc/passwd')"],
  ["select lo_export(1, '/mine')"],
  ["copy (select 1) to '/mine'"],
  ["copy (select 1) to program 'id'"],
  ["copy pg_class from program 'id'"],
  ["copy pg_class from '/etc/passwd'"],
  ["load '/mine.so'"],
  ['show data_directory'],
  ['show hba_file'],
  ["select current_setting('config_file')"],
  ["select dblink('dbname=postgres', 'select 1')", '42883'],
  ["select * from dblink('host=127.0.0.1', 'table app.orders') as t(x text)", '42883'],
]

const shadowing: Hostile[] = [
  ['set search_path = app, api, rest; select * from orders', '42P01'],
  [`set search_path = app, api; select cancel_order('${customer}', '${id}')`, '42883'],
  [
    'set search_path = pg_temp, public; create function json_build_object() returns json language sql as $$ select null $$',
  ],
  ['set search_path = public; create table orders (x int)'],
  ["set app.actor = 'admin'; insert into app.order_events default values"],
  ['begin read write; table app.orders; commit'],
  ['select * from rest.check_active(null), app.orders'],
  [`select rest.check_active((select customer_id from app.orders limit 1))`],
  [`with o as (delete from app.orders returning customer_id) select rest.check_active(customer_id) from o`],
  [`select rest.order_json(null::app.orders, 1)`],
  [`select row_to_json(o) from api.order_detail('${customer}', '${id}') o`],
  [`select (null::app.orders).status`],
  [`merge into app.orders o using (select 1) s on true when matched then delete`],
  [`call rest.mine()`, '42883'],
  [`cluster app.orders`],
  [`reindex table app.orders`],
  [`reindex database ${db.name}`],
  [`vacuum full app.orders`],
  [`analyze app.orders`],
  [`refresh materialized view app.orders`],
  [`import foreign schema app from server mine into rest`, '42704'],
]

describe('a hostile statement as the REST login', () => {
  it('is refused, whatever it tries', async () => {
    const [rows, catalog] = [await rowsNow(), await catalogNow()]
    const all = [onTables, onFunctions, becoming, making, destroying, peeking, shadowing].flat()
    const offenders: string[] = []
    for (const [statement, code = DENIED] of all) {
      const outcome = await rest.query(statement).then(
        () => 'was not refused',
        (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)),
      )
      await rest.query('rollback')
      await rest.query('discard all')
      if (!code.split(' or ').includes(outcome)) offenders.push(`${statement}: ${outcome}, not ${code}`)
    }
    console.log(`${all.length} hostile statements refused`)
    expect(offenders).toEqual([])
    expect(all.length).toBeGreaterThanOrEqual(50)
    expect(await rowsNow()).toEqual(rows)
    expect(await catalogNow()).toEqual(catalog)
  })

  it('leaves the login with what it may do', async () => {
    const { body } = await rest
      .query<{ body: string }>('select rest.check_active($1) as body', [customer])
      .then(({ rows }) => rows[0] ?? { body: '' })
    expect(JSON.parse(body).data.activeOrder.orderId).toBe(id)
  })

  it('cannot shadow what a function of the service calls', async () => {
    await rest.query('set search_path = pg_temp, public, rest')
    const answer = await rest.query<{ body: string }>('select rest.check_active($1) as body', [newId()])
    expect(JSON.parse(answer.rows[0]?.body ?? '').data).toEqual({ hasActiveOrder: false })
  })
})
