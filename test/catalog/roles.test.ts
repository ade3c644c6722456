// What each role sees and may do: sql/grants.sql, said once more. Every relation, column and function of every schema is
// tried, so a new one is judged without anybody thinking of it. weelo_rest has a file of its own.
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { hostileTo } from '../support/hostile.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { statuses } from '../support/move-by-hand.ts'
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
} from '../support/rights.ts'

const db = await copyDatabase()
const owner = new URL(db.ownerUrl).username

// Something for every view to compute.
for (const status of statuses) await make.order(db.owner, { status })
await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '-1 s' })
const due = await make.order(db.owner, { dueIn: '-1 s' })
const open = await make.order(db.owner)
const old = await make.order(db.owner, { status: 'cancelled', phone: '9876543210' })
const road = await make.filled(db.owner, { trucks: 2, started: 1, acceptedAgo: '3 days' })
await db.owner.query("select api.dispute_cancel($1, $2, 'customer_request', 'Too late')", [road.customer, road.id])
const [started, promised] = road.trips.map(({ id }) => id)
await db.owner.query('select api.expire_due_orders(0)')

/** A view or table, and the columns of it that may be read. */
type Reads = Record<string, string>
/** A function, and a call of it that is granted. */
type Calls = Record<string, string>
type Page = { schemas: string[]; reads: Reads; calls: Calls }

const views: Reads = {
  'api.disputes': 'id customer_id order_id reason_code notes created_at',
  'api.order_events': `id customer_id order_id from_status to_status actor reason occurred_at recorded_at
    trucks_filled trucks_total trip_id trip_status`,
  'api.order_statuses': 'status',
  'api.orders': `id customer_id customer_name customer_phone status stored_status is_open is_due is_live seconds_left
    created_at updated_at expires_at pickup_latitude pickup_longitude pickup_address pickup_city pickup_state
    drop_latitude drop_longitude drop_address drop_city drop_state stops distance_km goods_type cargo_weight_kg
    scheduled_at trucks_requested trucks_total trucks_filled total_amount cancel_reason erased_at erased_by`,
  'api.settings': 'search_window creates_per_minute trip_alarm retention',
  'api.trips': `id customer_id order_id truck_request_id request_number transporter_id vehicle_number driver_name
    driver_phone status is_live is_stuck created_at started_at ended_at end_reason vehicle_type vehicle_subtype
    price_per_truck`,
  'api.truck_requests': `id customer_id order_id request_number vehicle_type vehicle_subtype price_per_truck status
    stored_status created_at updated_at`,
}
const viewsAtThePrompt: Reads = {
  'api.active_orders': `id customer_id customer_name customer_phone status seconds_left created_at expires_at
    trucks_requested trucks_filled total_amount`,
  'api.due_orders': 'id customer_id customer_name customer_phone stored_status status expires_at due_seconds',
  'api.stuck_trips': `id customer_id order_id transporter_id vehicle_number driver_name driver_phone status
    created_at started_at`,
}
const tables: Reads = {
  'app.disputes': 'customer_id order_id id reason_code notes created_at',
  'app.order_events': `customer_id order_id id from_status to_status actor reason occurred_at recorded_at
    trucks_filled trucks_total trip_id trip_status`,
  'app.order_transitions': 'from_status to_status is_by_clock_only',
  'app.orders': `customer_id id status is_open is_live created_at updated_at expires_at customer_name customer_phone
    pickup_latitude pickup_longitude pickup_address pickup_city pickup_state drop_latitude drop_longitude drop_address
    drop_city drop_state stops distance_km goods_type cargo_weight_kg scheduled_at trucks_requested trucks_total
    trucks_filled total_amount cancel_reason idempotency_key content_hash erased_at erased_by`,
  'app.settings': 'is_only_row search_window creates_per_minute trip_alarm retention',
  'app.sql_layers': 'layer first_loaded_at loaded_at',
  'app.sweeps': 'name started_at finished_at closed_count',
  'app.trips': `customer_id order_id id request_number transporter_id vehicle_number driver_name driver_phone status
    is_live fills_request created_at started_at ended_at end_reason`,
  'app.truck_requests': `customer_id order_id request_number vehicle_type vehicle_subtype price_per_truck status
    is_filled created_at updated_at`,
}

// A function that takes a row of app.orders is called through the view that needs it: who may not touch app cannot name one.
const needed: Calls = {
  'api.order_at(app.orders,timestamp with time zone)': 'select total_amount from api.orders',
  'api.seconds_left(app.orders,timestamp with time zone)': 'select seconds_left from api.orders',
  'api.status_at(app.orders,timestamp with time zone)': 'select status from api.orders',
  'api.truck_request_status(text,boolean)': "select api.truck_request_status('searching', false)",
}
const questions: Calls = {
  'api.explain_customer(uuid)': `select * from api.explain_customer('${open.customer}')`,
  'api.order_counts(timestamp with time zone,timestamp with time zone)': 'select * from api.order_counts()',
  'api.order_timeline(uuid)': `select * from api.order_timeline('${due.id}')`,
  'api.sweep_status()': 'select * from api.sweep_status()',
}
const questionsAtThePrompt: Calls = {
  'api.active_order(uuid)': `select * from api.active_order('${open.customer}')`,
  'api.health()': 'select * from api.health()',
  'api.open_truck_requests(text,text,integer,integer)': 'select * from api.open_truck_requests()',
}
const commands: Calls = {
  'api.cancel_order_by_id(uuid,text)': `select * from api.cancel_order_by_id('${open.id}', 'asked by phone')`,
  'api.change_settings(interval,integer,interval,interval)':
    'select * from api.change_settings(p_creates_per_minute => 20)',
  'api.complete_trip(uuid,text)': `select * from api.complete_trip('${started}', 'arrived')`,
  'api.erase_customer(uuid)': `select api.erase_customer('${old.customer}')`,
  'api.expire_due_orders(integer)': 'select api.expire_due_orders()',
  'api.withdraw_trip(uuid,text)': `select * from api.withdraw_trip('${promised}', 'flat tyre')`,
}
const commandsAtThePrompt: Calls = {
  'api.accept_truck_request(text,uuid,text,text,text)': `select * from api.accept_truck_request('${open.id}.1', '${newId()}', 'MH12', 'Ravi', '9876543210')`,
  'api.cancel_order(uuid,uuid,text)': `select * from api.cancel_order('${open.customer}', '${open.id}')`,
  'api.cancel_search(uuid,uuid,text)': `select * from api.cancel_search('${open.customer}', '${open.id}')`,
  'api.create_order(uuid,jsonb,jsonb,jsonb,integer,jsonb,text,integer,timestamp with time zone,text,text,text,uuid)':
    createOrderSql().replace('$1', `'${newId()}'`),
  'api.dispute_cancel(uuid,uuid,text,text)': `select * from api.dispute_cancel('${open.customer}', '${open.id}', 'customer_request', 'Too late')`,
  'api.erase_old_orders(integer)': 'select api.erase_old_orders()',
  'api.start_trip(uuid)': `select * from api.start_trip('${promised}')`,
}

const healthChecks: Calls = {
  'rest.database_state()': 'select * from rest.database_state()',
  'rest.metrics()': 'select * from rest.metrics()',
  'rest.order_counts()': 'select * from rest.order_counts()',
  'rest.readiness()': 'select * from rest.readiness()',
  'rest.seconds_behind()': 'select rest.seconds_behind()',
}

const pages: Record<string, Page> = {
  weelo_graphql: { schemas: ['rest'], reads: {}, calls: healthChecks },
  weelo_support: { schemas: ['api'], reads: views, calls: { ...needed, ...questions } },
  weelo_admin: { schemas: ['api'], reads: views, calls: { ...needed, ...questions, ...commands } },
  weelo_reader: {
    schemas: ['api', 'app'],
    reads: { ...views, ...viewsAtThePrompt, ...tables },
    calls: { ...needed, ...questions, ...questionsAtThePrompt },
  },
  weelo_operator: {
    schemas: ['api'],
    reads: { ...views, ...viewsAtThePrompt },
    calls: { ...needed, ...questions, ...questionsAtThePrompt, ...commands, ...commandsAtThePrompt },
  },
}
const roles = Object.keys(pages)
const everyRole = [...roles, 'weelo_rest'].sort()
const ofTheAdminLogin = ['weelo_graphql', 'weelo_admin', 'weelo_support']

/** People have logins of their own, which an operator of the database makes and grants. */
const people: Record<string, string> = { weelo_reader: `asha_${db.name}`, weelo_operator: `omar_${db.name}` }
const password = 'only-for-this-test'
for (const [role, login] of Object.entries(people))
  await db.owner.query(`create role ${login} login password '${password}' in role ${role}`)

/** Who asks: a session of a login, the role's or the person's own name, and how the login becomes the role. */
type Caller = { session: pg.Client; name: string; become: string }
const callers: Record<string, Caller> = {}
for (const role of roles) {
  const url = new URL(db.adminUrl)
  const person = people[role]
  if (person) [url.username, url.password] = [person, password]
  const session = new pg.Client({ connectionString: url.href })
  await session.connect()
  callers[role] = { session, name: person ?? role, become: person ? '' : `set role ${role}` }
}

afterAll(async () => {
  for (const { session } of Object.values(callers)) await session.end()
  for (const login of Object.values(people)) await db.owner.query(`drop role ${login}`)
})

const as = (role: string): Caller => callers[role] as Caller
const page = (role: string): Page => pages[role] as Page

/** What a role does in a transaction that is rolled back. */
async function tried<T>(role: string, work: (session: pg.Client) => Promise<T>, begin = 'begin'): Promise<T> {
  const { session, become } = as(role)
  await session.query(`${begin}; ${become}`)
  try {
    return await work(session)
  } finally {
    await session.query('rollback; reset role')
  }
}

const words = (text: string) => text.split(/\s+/)

type Relation = { name: string; kind: string; columns: string[]; writable: string | null; isUpdatable: boolean }
const { rows: relations } = await db.owner.query<Relation>(
  `select c.oid::regclass::text as name, c.relkind as kind, array_agg(quote_ident(a.attname) order by a.attnum) as columns,
     min(quote_ident(a.attname)) filter (where a.attgenerated = '' and a.attidentity <> 'a'
       and pg_column_is_updatable(c.oid, a.attnum, false)) as writable,
     c.relkind <> 'v' or pg_relation_is_updatable(c.oid, false) > 0 as "isUpdatable"
   from pg_class c join pg_namespace n on n.oid = c.relnamespace
   join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where ${owned} and c.relkind in ('r', 'p', 'v', 'm', 'f') group by c.oid`,
)
const sequences = await namesIn(
  db.owner,
  `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where ${owned} and c.relkind = 'S'`,
)

/** A view that joins cannot be written through at all, which PostgreSQL says before it looks at who asks. */
const DENIED_OR_FIXED = '42501 or 55000'

/** Everything that a role's page does not name. */
async function beyond(role: string): Promise<Hostile[]> {
  const { reads } = page(role)
  const statements: Hostile[] = []
  for (const { name, kind, columns, writable, isUpdatable } of relations) {
    const readable = words(reads[name] ?? '')
    const write = isUpdatable ? undefined : DENIED_OR_FIXED
    if (!reads[name]) statements.push([`select from ${name} limit 0`], [`copy (table ${name}) to stdout`])
    for (const column of columns.filter((each) => !readable.includes(each)))
      statements.push([`select ${column} from ${name} limit 0`])
    statements.push([`insert into ${name} default values`, write], [`delete from ${name}`, write])
    statements.push([`grant all on ${name} to ${as(role).name}; delete from ${name}`, write])
    statements.push([`begin; lock table ${name} in share row exclusive mode nowait`])
    if (writable) statements.push([`update ${name} set ${writable} = default`])
    if (isUpdatable) statements.push([`select from ${name} for share`])
    if (kind === 'r') statements.push([`truncate ${name} cascade`], [`alter table ${name} disable trigger all`])
  }
  for (const sequence of sequences) statements.push([`select nextval('${sequence}')`], [`table ${sequence}`])
  for (const call of await closedCallsOf(db.owner, role)) statements.push([`select ${call}`])
  const itself = role in people ? [role] : ofTheAdminLogin
  const strangers = everyRole.filter((other) => !itself.includes(other))
  return [...statements, ...hostileTo({ role: as(role).name, owner, database: db.name, strangers })]
}

describe.each(roles)('%s', (role) => {
  it('has the rights on its page, in the catalog, and no other', async () => {
    const { schemas, reads, calls } = page(role)
    expect(await rightsElsewhere(db.owner, role)).toEqual(schemas.map((schema) => `usage on schema ${schema}`))
    expect(await functionsOf(db.owner, role)).toEqual(Object.keys(calls).sort())
    expect(await rightsOnRelations(db.owner, role)).toEqual(
      Object.keys(reads)
        .map((relation) => `select on ${relation}`)
        .sort(),
    )
    const columns = await namesIn(
      db.owner,
      `select c.oid::regclass || '.' || a.attname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where ${owned} and c.relkind in ('r', 'p', 'v', 'm', 'f') and has_column_privilege($1::name, c.oid, a.attnum, 'select')`,
      [role],
    )
    const named = Object.entries(reads).flatMap(([relation, text]) => words(text).map((each) => `${relation}.${each}`))
    expect(columns).toEqual(named.sort())
  })

  it('really reads all that is on it, and computes every row', async () => {
    await tried(
      role,
      async (session) => {
        for (const [relation, columns] of Object.entries(page(role).reads)) {
          const { rowCount, fields } = await session.query(`select * from ${relation}`)
          expect(rowCount, relation).toBeGreaterThan(0)
          expect(fields.map(({ name }) => name).sort(), relation).toEqual(words(columns).sort())
        }
      },
      'begin read only',
    )
  })

  it('really calls all that is on it', async () => {
    for (const [signature, call] of Object.entries(page(role).calls)) {
      const begin = signature in { ...commands, ...commandsAtThePrompt } ? 'begin' : 'begin read only'
      const rows = await tried(role, async (session) => (await session.query(call)).rows, begin)
      expect(rows.length, signature).toBeGreaterThan(0)
    }
  })

  it('is refused everything else, and changes nothing', async () => {
    const [rows, catalog] = [await rowsNow(db.owner), await catalogNow(db.owner)]
    const all = await beyond(role)
    const { session, become } = as(role)
    expect(await notRefused(session, all, become)).toEqual([])
    console.log(`${all.length} statements refused to ${role}`)
    expect(all.length).toBeGreaterThan(400)
    expect(await rowsNow(db.owner)).toEqual(rows)
    expect(await catalogNow(db.owner)).toEqual(catalog)
  })
})

describe('a role of the service', () => {
  it('has a page here, or is weelo_rest', async () => {
    expect(
      await namesIn(db.owner, "select r.rolname as name from pg_roles r where starts_with(r.rolname, 'weelo_')"),
    ).toEqual(everyRole)
  })

  it.each(everyRole)('%s is nobody special, and owns nothing', async (role) => {
    const member_of = role === 'weelo_graphql' ? ['weelo_admin', 'weelo_support'] : []
    expect(await attributesOf(db.owner, role)).toEqual({ ...nobodySpecial, member_of })
    expect(
      await namesIn(
        db.owner,
        `select 'relation ' || c.oid::regclass as name from pg_class c where c.relowner = $1::regrole
         union all select 'function ' || p.oid::regprocedure from pg_proc p where p.proowner = $1::regrole
         union all select 'schema ' || n.nspname from pg_namespace n where n.nspowner = $1::regrole
         union all select 'database ' || d.datname from pg_database d where d.datdba = $1::regrole`,
        [role],
      ),
    ).toEqual([])
  })

  it('logs in only when it is a login, and enters this database only when it ever needs to', async () => {
    const { rows } = await db.owner.query(
      `select rolname, rolcanlogin, has_database_privilege(rolname, current_database(), 'connect') as enters
       from pg_roles where starts_with(rolname, 'weelo_') order by 1`,
    )
    expect(rows.map(({ rolname, rolcanlogin, enters }) => [rolname, rolcanlogin, enters])).toEqual([
      ['weelo_admin', false, false],
      ['weelo_graphql', true, true],
      ['weelo_operator', false, true],
      ['weelo_reader', false, true],
      ['weelo_rest', true, true],
      ['weelo_support', false, false],
    ])
    for (const role of ['weelo_admin', 'weelo_support', 'weelo_reader', 'weelo_operator']) {
      const url = Object.assign(new URL(db.adminUrl), { username: role })
      await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toMatchObject({ code: /^28/ })
    }
  })
})

describe('the login of the admin listener', () => {
  it('becomes weelo_admin or weelo_support, and nobody else of this server', async () => {
    const everybody = await namesIn(db.owner, 'select rolname as name from pg_roles')
    const { session } = as('weelo_graphql')
    const became: string[] = []
    for (const other of everybody) {
      await session.query(`set role "${other}"`).then(
        () => became.push(other),
        () => {},
      )
      await session.query('reset role')
    }
    expect(became).toEqual(['weelo_admin', 'weelo_graphql', 'weelo_support'])
    expect(everybody).toEqual(expect.arrayContaining([owner, ...everyRole]))
  })

  it('has no right of these two until it becomes one', async () => {
    const { session } = as('weelo_graphql')
    for (const statement of ['table api.orders', 'select api.expire_due_orders()', 'table app.orders'])
      await expect(session.query(statement), statement).rejects.toMatchObject({ code: '42501' })
  })

  // Role and login are settings of a session, so SQL could take the step back. That is no gap: the listener never runs
  // a caller's SQL, and names the role itself, for one transaction (src/admin/graphql.ts). Who holds this login's
  // password is an admin.
  it('could, in SQL, go on from weelo_support to weelo_admin', async () => {
    const rows = await tried('weelo_support', async (session) => {
      await session.query('set local role weelo_admin')
      return (await session.query('select api.expire_due_orders(0)')).rows
    })
    expect(rows).toEqual([{ expire_due_orders: 0 }])
  })

  it.each(ofTheAdminLogin)('gives up a query and a lock soon, also as %s', async (role) => {
    const settings = await tried(role, (session) =>
      one(
        session,
        `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
           current_setting('idle_in_transaction_session_timeout') as idle`,
      ),
    )
    expect(settings).toEqual({ statement: '3s', lock: '500ms', idle: '5s' })
  })
})

describe('who only looks', () => {
  it.each(['weelo_support', 'weelo_reader', 'weelo_graphql'])(
    '%s may call no function that could write',
    async (role) => {
      const volatile = await namesIn(
        db.owner,
        `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where ${owned} and p.provolatile = 'v' and has_function_privilege($1::name, p.oid, 'execute')`,
        [role],
      )
      expect(volatile).toEqual([])
    },
  )
})

describe('the key of an order and the hash of its content', () => {
  // api.order_at returns the row that it is given. An operator sees those of an order that they create or cancel.
  it.each([
    ['weelo_graphql', []],
    ['weelo_support', ['api.order_at']],
    ['weelo_admin', ['api.order_at']],
    ['weelo_operator', ['api.cancel_order', 'api.cancel_search', 'api.create_order', 'api.order_at']],
  ])('reach %s through no view, and through no function but %j', async (role, through) => {
    const secret = "('content_hash', 'idempotency_key')"
    const found = await namesIn(
      db.owner,
      `select p.pronamespace::regnamespace || '.' || p.proname as name
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype
       where ${owned} and has_function_privilege($1::name, p.oid, 'execute') and (
         exists (select from pg_attribute a where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attname in ${secret})
         or exists (select from unnest(p.proargnames, p.proargmodes) o(name, mode) where o.mode in ('o', 'b', 't') and o.name in ${secret}))
       union all
       select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
       where ${owned} and a.attname in ${secret} and has_column_privilege($1::name, c.oid, a.attnum, 'select')`,
      [role],
    )
    expect(found).toEqual(through)
  })
})

describe('an operator at psql', () => {
  it('touches no table, yet places, fills, cancels and expires orders, moves trips and changes settings, under their own name', async () => {
    await tried('weelo_operator', async (session) => {
      await session.query("set local app.actor = 'customer'")
      const placed = await one<{ id: string }>(session, createOrderSql(), [newId()])
      await session.query("select api.cancel_order_by_id($1, 'asked by phone')", [placed.id])
      await session.query('select api.cancel_order($1, $2)', [open.customer, open.id])
      expect(await one(session, 'select api.expire_due_orders() as closed')).toEqual({ closed: 2 })
      expect(await one(session, "select search_window::text from api.change_settings('5 minutes')")).toEqual({
        search_window: '00:05:00',
      })
      const accept = "select * from api.accept_truck_request($1, $2, 'mh 12', 'Ravi', '9876543210')"
      const order = await one<{ id: string }>(session, createOrderSql(), [newId()])
      const trip = await one<{ id: string }>(session, accept, [`${order.id}.1`, newId()])
      await session.query("select api.withdraw_trip($1, 'flat tyre')", [trip.id])
      await session.query("select api.start_trip($1), api.complete_trip($2, 'arrived')", [promised, started])
      const timeline = 'select to_status, actor, reason from api.order_timeline($1)'
      const me = people.weelo_operator
      expect((await session.query(timeline, [placed.id])).rows).toEqual([
        { to_status: 'active', actor: me, reason: null },
        { to_status: 'cancelled', actor: me, reason: 'asked by phone' },
      ])
      expect((await session.query(timeline, [order.id])).rows.at(-1)).toEqual({
        ...{ to_status: 'active', actor: me, reason: 'flat tyre' },
      })
      expect((await session.query(timeline, [road.id])).rows.at(-1)).toEqual({
        ...{ to_status: 'in_progress', actor: me, reason: 'arrived' },
      })
      expect((await session.query(timeline, [open.id])).rows.at(-1)).toMatchObject({
        to_status: 'cancelled',
        actor: me,
      })
      expect((await session.query(timeline, [due.id])).rows.at(-1)).toMatchObject({
        to_status: 'expired',
        actor: 'clock',
      })
    })
  })
})
