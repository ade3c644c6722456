// What a role may do, by the catalog and by trying, for the tests of each role.
import pg from 'pg'
import { one } from './database.ts'

/** Everything but the system's own schemas; `n` is pg_namespace. */
export const owned = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"

export async function namesIn(owner: pg.Pool, query: string, values: unknown[] = []): Promise<string[]> {
  return (await owner.query<{ name: string }>(query, values)).rows.map(({ name }) => name).sort()
}

export const tablesOf = (owner: pg.Pool) =>
  namesIn(
    owner,
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${owned} and c.relkind in ('r', 'p')`,
  )

const signature = "n.nspname || '.' || p.proname || '(' || replace(oidvectortypes(p.proargtypes), ', ', ',') || ')'"

/** The functions that a role may execute, such as "rest.readiness()". */
export const functionsOf = (owner: pg.Pool, role: string) =>
  namesIn(
    owner,
    `select ${signature} as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where ${owned} and has_function_privilege($1::name, p.oid, 'execute')`,
    [role],
  )

/** A call with nulls of each function that a role may not execute. */
export const closedCallsOf = (owner: pg.Pool, role: string) =>
  namesIn(
    owner,
    `select format('%I.%I(%s)', n.nspname, p.proname,
       (select string_agg('null::' || format_type(t, null), ', ' order by i) from unnest(p.proargtypes) with ordinality a(t, i))) as name
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where ${owned} and not has_function_privilege($1::name, p.oid, 'execute')`,
    [role],
  )

/** Every right on a table, view or sequence, or on any column of one, such as "select on app.orders". */
export const rightsOnRelations = (owner: pg.Pool, role: string) =>
  namesIn(
    owner,
    `select format('%s on %s', p.privilege, c.oid::regclass) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace,
       unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']
         || case when current_setting('server_version_num')::integer >= 170000 then 'maintain' end) p(privilege)
     where ${owned} and c.relkind in ('r', 'p', 'v', 'm', 'f') and p.privilege is not null and (
       has_table_privilege($1::name, c.oid, p.privilege)
       or p.privilege in ('select', 'insert', 'update', 'references') and has_any_column_privilege($1::name, c.oid, p.privilege))
     union all
     select format('%s on %s', p.privilege, c.oid::regclass) from pg_class c join pg_namespace n on n.oid = c.relnamespace,
       unnest(array['usage', 'select', 'update']) p(privilege)
     where ${owned} and c.relkind = 'S' and has_sequence_privilege($1::name, c.oid, p.privilege)`,
    [role],
  )

/** Every right on a schema, this database, a tablespace or a foreign server, but for what PUBLIC has in the system's. */
export const rightsElsewhere = (owner: pg.Pool, role: string) =>
  namesIn(
    owner,
    `select format('%s on schema %s', p.privilege, n.nspname) as name
     from pg_namespace n, unnest(array['usage', 'create']) p(privilege)
     where has_schema_privilege($1::name, n.oid, p.privilege)
       and not (p.privilege = 'usage' and n.nspname in ('pg_catalog', 'information_schema', 'public'))
     union all
     select format('%s on this database', p.privilege) from unnest(array['create', 'temporary']) p(privilege)
     where has_database_privilege($1::name, current_database(), p.privilege)
     union all
     select format('create on tablespace %s', t.spcname) from pg_tablespace t where has_tablespace_privilege($1::name, t.oid, 'create')
     union all
     select format('usage on server %s', s.srvname) from pg_foreign_server s where has_server_privilege($1::name, s.oid, 'usage')`,
    [role],
  )

export const attributesOf = (owner: pg.Pool, role: string) =>
  one(
    owner,
    `select rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
       array(select m.roleid::regrole::text from pg_auth_members m where m.member = r.oid order by 1) as member_of
     from pg_roles r where rolname = $1`,
    [role],
  )

export const nobodySpecial = {
  rolsuper: false,
  rolinherit: false,
  rolcreaterole: false,
  rolcreatedb: false,
  rolreplication: false,
  rolbypassrls: false,
}

/** The rows of every table of the service with their versions: a write that changes nothing shows too. */
export async function rowsNow(owner: pg.Pool): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {}
  for (const table of await tablesOf(owner))
    rows[table] = await one(
      owner,
      `select count(*), md5(string_agg(t.xmin || ' ' || t::text, ',' order by t.ctid)) from ${table} t`,
    )
  return rows
}

/** Everything that a login could have made or changed, apart from rows: objects, their rights, roles and settings. */
export const catalogNow = (owner: pg.Pool) =>
  one(
    owner,
    `select
       (select md5(string_agg(c.oid::regclass || c.relkind::text || coalesce(c.relacl::text, ''), ',' order by c.oid)) from pg_class c
        where c.relnamespace <> 'pg_toast'::regnamespace) as relations,
       (select md5(string_agg(p.oid::regprocedure || p.prosrc || coalesce(p.proacl::text, ''), ',' order by p.oid)) from pg_proc p) as functions,
       (select string_agg(n.nspname || coalesce(n.nspacl::text, ''), ',' order by n.oid) from pg_namespace n where ${owned}) as schemas,
       (select string_agg(t.tgname || t.tgenabled::text, ',' order by t.oid) from pg_trigger t) as triggers,
       (select string_agg(x.extname, ',' order by x.oid) from pg_extension x) as extensions,
       (select string_agg(r::text, ',' order by r.rolname) from pg_roles r
        where r.rolname in (current_user, 'weelo_rest', 'weelo_graphql', 'weelo_admin', 'weelo_support', 'weelo_reader', 'weelo_operator')) as roles,
       (select count(*)::integer from pg_largeobject_metadata) as large_objects`,
  )

/** A statement, and the SQLSTATE of its refusal where that is not "permission denied". */
export type Hostile = [statement: string, code?: string]

const DENIED = '42501'

/** Runs each on its own, as what `become` makes of the session, and tells which were not refused, or otherwise. */
export async function notRefused(session: pg.Client, all: Hostile[], become?: string): Promise<string[]> {
  const offenders: string[] = []
  for (const [statement, code = DENIED] of all) {
    if (become) await session.query(become)
    const outcome = await session.query(statement).then(
      () => 'was not refused',
      (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)),
    )
    await session.query('rollback')
    await session.query('discard all')
    if (!code.split(' or ').includes(outcome)) offenders.push(`${statement}: ${outcome}, not ${code}`)
  }
  return offenders
}
