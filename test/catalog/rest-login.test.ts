import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { hostileTo } from '../support/hostile.ts'
import { make, newId } from '../support/make.ts'
import {
  attributesOf,
  catalogNow,
  closedCallsOf,
  functionsOf,
  type Hostile,
  namesIn,
  nobodySpecial,
  notRefused,
  owned,
  rightsElsewhere,
  rightsOnRelations,
  rowsNow,
  tablesOf,
} from '../support/rights.ts'

const db = await copyDatabase()
const rest = new pg.Client({ connectionString: db.restUrl })
await rest.connect()
afterAll(() => rest.end())
const { customer, id } = await make.order(db.owner)
await db.owner.query('select api.expire_due_orders()')

/** What the REST login may call: the page that a reviewer reads, sql/grants.sql, said once more. */
const granted = [
  'rest.accept_truck_request(uuid,text,text,text,text)',
  'rest.booking(uuid,uuid)',
  'rest.booking_trucks(uuid,uuid)',
  'rest.cancel_booking(uuid,uuid)',
  'rest.cancel_order(uuid,uuid,text)',
  'rest.cancel_preview(uuid,uuid)',
  'rest.check_active(uuid)',
  'rest.close_due_orders(uuid[],uuid[])',
  'rest.complete_trip(uuid,uuid)',
  'rest.create_order(uuid,text,text,text,jsonb)',
  'rest.database_state()',
  'rest.dispute_cancel(uuid,uuid,text,text)',
  'rest.joined_order(uuid,uuid)',
  'rest.list_bookings(uuid,integer,integer)',
  'rest.list_orders(uuid,integer,integer)',
  'rest.list_trips(uuid,integer,integer)',
  'rest.live_events(uuid[],uuid[],bigint[])',
  'rest.metrics()',
  'rest.newer_orders(uuid[],uuid[])',
  'rest.open_truck_requests(text,text,integer,integer)',
  'rest.order_counts()',
  'rest.order_detail(uuid,uuid)',
  'rest.order_status(uuid,uuid)',
  'rest.readiness()',
  'rest.start_trip(uuid,uuid)',
  'rest.tracking(uuid,uuid)',
  'rest.withdraw_trip(uuid,uuid,text)',
]

describe('the REST login', () => {
  it('is nobody else, and nobody special', async () => {
    expect(await attributesOf(db.owner, 'weelo_rest')).toEqual({ ...nobodySpecial, member_of: [] })
    expect(
      await namesIn(
        db.owner,
        "select c.oid::regclass::text as name from pg_class c where c.relowner = 'weelo_rest'::regrole",
      ),
    ).toEqual([])
  })

  it('may execute the granted functions, and no other function outside the system', async () => {
    expect(await functionsOf(db.owner, 'weelo_rest')).toEqual(granted)
  })

  it('reaches only what runs as its owner with an empty search path', async () => {
    const unfenced = await namesIn(
      db.owner,
      `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where ${owned} and has_function_privilege('weelo_rest', p.oid, 'execute')
         and not (p.prosecdef and coalesce(p.proconfig, '{}') @> array['search_path=""'])`,
    )
    expect(unfenced).toEqual([])
  })

  it('has no right on any table, view, sequence or column', async () => {
    expect(await rightsOnRelations(db.owner, 'weelo_rest')).toEqual([])
  })

  it('may use the schema rest alone, and make nothing anywhere, not even for a moment', async () => {
    expect(await rightsElsewhere(db.owner, 'weelo_rest')).toEqual(['usage on schema rest'])
  })

  it('finds nothing in the schema public to build on', async () => {
    const found = await namesIn(
      db.owner,
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'public'::regnamespace
       union all select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace`,
    )
    expect(found).toEqual([])
  })
})

const owner = new URL(db.ownerUrl).username
const tables = await tablesOf(db.owner)
const functions = await closedCallsOf(db.owner, 'weelo_rest')

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
    const [rows, catalog] = [await rowsNow(db.owner), await catalogNow(db.owner)]
    const strangers = ['weelo_graphql', 'weelo_admin', 'weelo_support', 'weelo_reader', 'weelo_operator']
    const aimed = hostileTo({ role: 'weelo_rest', owner, database: db.name, strangers })
    const all = [...onTables, ...onFunctions, ...aimed, ...shadowing]
    const offenders = await notRefused(rest, all)
    console.log(`${all.length} hostile statements refused`)
    expect(offenders).toEqual([])
    expect(all.length).toBeGreaterThanOrEqual(50)
    expect(await rowsNow(db.owner)).toEqual(rows)
    expect(await catalogNow(db.owner)).toEqual(catalog)
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
