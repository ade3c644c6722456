import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make } from '../support/make.ts'

// Each query finds what breaks a house rule, so that a new object is judged without anybody thinking of it.
const { owner } = await copyDatabase()
const offenders = async (query: string): Promise<string[]> =>
  (await owner.query<{ name: string }>(query)).rows.map(({ name }) => name).sort()

const ours = "in ('app'::regnamespace, 'api'::regnamespace, 'rest'::regnamespace)"
const ofFunctions = (columns: string, where: string) =>
  `select ${columns} as name from pg_proc p where p.pronamespace ${ours} and (${where})`
/** Tables that hold something of an order: each row names its customer. */
const tableOfAnOrder = `(select k.attrelid from pg_attribute k join pg_class c on c.oid = k.attrelid
  where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and k.attname = 'customer_id')`
const columnsOf = (relation: string, numbers: string) =>
  `array(select a.attname::text from unnest(${numbers}) with ordinality as n(attnum, i)
     join pg_attribute a on a.attrelid = ${relation} and a.attnum = n.attnum order by n.i)`

describe('a comment', () => {
  it.each([
    [
      'schema',
      `select n.nspname as name from pg_namespace n where n.oid ${ours} and obj_description(n.oid, 'pg_namespace') is null`,
    ],
    [
      'table, view, sequence and type',
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
         and obj_description(c.oid, 'pg_class') is null
         and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'i' and c.relkind = 'S')`,
    ],
    [
      'column',
      `select c.oid::regclass || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
         and col_description(c.oid, a.attnum) is null`,
    ],
    ['function', ofFunctions('p.oid::regprocedure::text', "obj_description(p.oid, 'pg_proc') is null")],
    [
      'index that no constraint made',
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace ${ours} and c.relkind in ('i', 'I')
         and not exists (select from pg_constraint k where k.conindid = c.oid) and obj_description(c.oid, 'pg_class') is null`,
    ],
  ])('is on every %s', async (_, query) => {
    expect(await offenders(query)).toEqual([])
  })

  it('says more than the name', async () => {
    const found = await offenders(
      `select d.objoid::text as name from pg_description d where length(d.description) < 15 and (
         d.classoid = 'pg_proc'::regclass and d.objoid in (select p.oid from pg_proc p where p.pronamespace ${ours})
         or d.classoid = 'pg_class'::regclass and d.objoid in (select c.oid from pg_class c where c.relnamespace ${ours}) and d.objsubid = 0)`,
    )
    expect(found).toEqual([])
  })
})

describe('a function', () => {
  it('is closed to PUBLIC', async () => {
    expect(
      await offenders(ofFunctions('p.oid::regprocedure::text', "has_function_privilege('public', p.oid, 'execute')")),
    ).toEqual([])
  })

  it('of the owner’s that is yet to be made is closed to PUBLIC too', async () => {
    const { acl } = await one<{ acl: string }>(
      owner,
      `select coalesce(string_agg(d.defaclacl::text, ' '), 'none') as acl from pg_default_acl d
       where d.defaclobjtype = 'f' and d.defaclnamespace = 0 and d.defaclrole = current_user::regrole`,
    )
    expect(acl).toMatch(/^\{\w+=X\/\w+\}$/)
  })

  it('in plpgsql, or that runs as its owner, has an empty search path and no other setting', async () => {
    const needsPath = "(p.prosecdef or l.lanname <> 'sql')"
    const found = await offenders(
      `select p.oid::regprocedure || ' ' || coalesce(p.proconfig::text, 'none') as name from pg_proc p join pg_language l on l.oid = p.prolang
       where p.pronamespace ${ours} and ${needsPath} and p.proconfig is distinct from array['search_path=""']`,
    )
    expect(found).toEqual([])
  })

  // A standard body keeps the columns that the table had then: a migration that adds one would break it until sql/ is loaded.
  it('in plain SQL has a standard body, unless it returns rows of a table, and no setting, so that it can be inlined', async () => {
    const isOfRows =
      "exists (select from pg_class c where c.reltype = p.prorettype and c.relnamespace = 'app'::regnamespace)"
    const found = await offenders(
      `select p.oid::regprocedure::text as name from pg_proc p join pg_language l on l.oid = p.prolang
       where p.pronamespace ${ours} and l.lanname = 'sql' and not p.prosecdef
         and ((p.prosqlbody is null) <> ${isOfRows} or p.proconfig is not null)
       union all select p.oid::regprocedure::text from pg_proc p
       where p.pronamespace ${ours} and p.prosqlbody is not null and p.proconfig is not null`,
    )
    expect(found).toEqual([])
  })

  it('is in SQL or plpgsql', async () => {
    const trusted = "(select l.oid from pg_language l where l.lanname in ('sql', 'plpgsql'))"
    expect(await offenders(ofFunctions('p.oid::regprocedure::text', `p.prolang not in ${trusted}`))).toEqual([])
  })

  it('has one meaning: no overloads', async () => {
    const found = await offenders(
      `select p.pronamespace::regnamespace || '.' || p.proname as name from pg_proc p where p.pronamespace ${ours} group by 1 having count(*) > 1`,
    )
    expect(found).toEqual([])
  })

  it('names its parameters p_…', async () => {
    const found = await offenders(
      `select p.oid::regprocedure || ' ' || coalesce(a.name, '?') as name
       from pg_proc p, lateral (
         select (p.proargnames)[i] as name, coalesce((p.proargmodes)[i], 'i') as mode
         from generate_series(1, coalesce(array_length(p.proallargtypes, 1), p.pronargs)) i) a
       where p.pronamespace ${ours} and a.mode in ('i', 'b', 'v') and coalesce(a.name, '') not like 'p\\_%'`,
    )
    expect(found).toEqual([])
  })

  it('takes no flag that makes it two, unless it only computes', async () => {
    const flags = ofFunctions(
      'p.oid::regprocedure::text',
      "'boolean'::regtype = any (p.proargtypes::oid[]) and p.provolatile <> 'i'",
    )
    expect(await offenders(flags)).toEqual([])
  })

  it('catches no error that it did not name, and builds no SQL from text', async () => {
    const found = await offenders(
      `select p.oid::regprocedure || ': ' || m[1] as name
       from pg_proc p, regexp_matches(regexp_replace(p.prosrc, '--[^\\n]*', '', 'g'), '\\m(when\\s+others|execute)\\M', 'gi') m
       where p.pronamespace ${ours}`,
    )
    expect(found).toEqual([])
  })

  it('of api or rest runs as its owner exactly when somebody may call it who may not touch what it reads', async () => {
    const isCallable = `exists (select from pg_roles r where starts_with(r.rolname, 'weelo_') and not r.rolsuper
      and r.oid <> p.proowner and has_function_privilege(r.oid, p.oid, 'execute'))`
    /** A standard body has its tables among its dependencies; any other text may read what it likes. */
    const mayReadApp = `(p.prosqlbody is null or exists (select from pg_depend d join pg_class c on c.oid = d.refobjid
      where d.objid = p.oid and d.refclassid = 'pg_class'::regclass and c.relnamespace = 'app'::regnamespace))`
    const found = await offenders(
      ofFunctions(
        'p.oid::regprocedure::text',
        `p.pronamespace <> 'app'::regnamespace and p.prosecdef <> (${isCallable} and p.provolatile <> 'i' and ${mayReadApp})`,
      ),
    )
    expect(found).toEqual([])
  })
})

describe('a trigger', () => {
  it('is on, and has the name of its function', async () => {
    const found = await offenders(
      `select t.tgname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
       where c.relnamespace ${ours} and not t.tgisinternal and (t.tgenabled <> 'O' or t.tgname <> p.proname)`,
    )
    expect(found).toEqual([])
  })
})

describe('a constraint or an index', () => {
  it('has a name that somebody chose', async () => {
    const found = await offenders(
      `select k.conrelid::regclass || ' ' || k.conname as name from pg_constraint k join pg_class c on c.oid = k.conrelid
       where c.relnamespace ${ours} and k.contype <> 'n' and starts_with(k.conname, c.relname || '_')
         and k.conname ~ '_(check|pkey|fkey|key|excl|not_null)[0-9]*$'
       union all
       select i.indrelid::regclass || ' ' || x.relname from pg_index i
       join pg_class x on x.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
       where x.relnamespace ${ours} and starts_with(x.relname, t.relname || '_') and x.relname ~ '_(idx|key|pkey)[0-9]*$'`,
    )
    expect(found).toEqual([])
  })

  it('is valid and enforced', async () => {
    const found = await offenders(
      `select k.conname as name from pg_constraint k join pg_class c on c.oid = k.conrelid where c.relnamespace ${ours} and (not k.convalidated or k.condeferrable)
       union all select i.indexrelid::regclass::text from pg_index i join pg_class x on x.oid = i.indexrelid
       where x.relnamespace ${ours} and not (i.indisvalid and i.indisready)`,
    )
    expect(found).toEqual([])
  })

  it('that is only for speed says so: <table>_by_<columns>', async () => {
    const found = await offenders(
      `select x.oid::regclass::text as name from pg_index i join pg_class x on x.oid = i.indexrelid
       where x.relnamespace ${ours} and i.indisunique = (x.relname ~ '_by_[a-z]') and not i.indisprimary`,
    )
    expect(found).toEqual([])
  })
})

describe('a time', () => {
  it('knows its zone, in every column and every parameter', async () => {
    const zoneless = "('timestamp'::regtype, 'time'::regtype, 'timestamp[]'::regtype, 'timetz'::regtype)"
    const found = await offenders(
      `select c.oid::regclass || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace ${ours} and a.atttypid in ${zoneless} and a.attnum > 0 and not a.attisdropped
       union all ${ofFunctions('p.oid::regprocedure::text', `exists (select from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) t where t in ${zoneless})`)}`,
    )
    expect(found).toEqual([])
  })

  it('has a name that ends in _at', async () => {
    const found = await offenders(
      `select c.oid::regclass || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace ${ours} and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped
         and (a.atttypid = 'timestamptz'::regtype) <> (a.attname ~ '_at$')`,
    )
    expect(found).toEqual([])
  })
})

describe('a table of an order', () => {
  it('is known: orders, truck requests, trips, disputes and events', async () => {
    expect(await offenders(`select oid::regclass::text as name from pg_class where oid in ${tableOfAnOrder}`)).toEqual([
      'app.disputes',
      'app.order_events',
      'app.orders',
      'app.trips',
      'app.truck_requests',
    ])
  })

  // Order ids rise: what every create writes beside its order is written at the end of the key, not somewhere in gigabytes.
  it('has the customer in its primary key; truck requests and events begin with the order', async () => {
    const keys = await offenders(
      `select format('%s (%s)', c.oid::regclass, array_to_string(${columnsOf('c.oid', 'k.conkey')}, ', ')) as name
       from pg_class c left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p' where c.oid in ${tableOfAnOrder}`,
    )
    expect(keys).toEqual([
      'app.disputes (customer_id, order_id)',
      'app.order_events (order_id, customer_id, id)',
      'app.orders (customer_id, id)',
      'app.trips (customer_id, order_id, id)',
      'app.truck_requests (order_id, customer_id, request_number)',
    ])
  })

  it('has the customer in every unique rule but the two that hold across customers by nature', async () => {
    const found = await offenders(
      `select i.indexrelid::regclass::text as name from pg_index i where i.indrelid in ${tableOfAnOrder} and i.indisunique
         and not 'customer_id' = any (${columnsOf('i.indrelid', 'i.indkey::smallint[]')})`,
    )
    expect(found).toEqual(['app.one_live_trip_per_driver', 'app.one_live_trip_per_vehicle'])
  })

  it('has the customer in every foreign key, and points with it to the customer', async () => {
    const found = await offenders(
      `select k.conname as name from pg_constraint k where k.contype = 'f' and (k.conrelid in ${tableOfAnOrder} or k.confrelid in ${tableOfAnOrder})
         and (array_position(${columnsOf('k.conrelid', 'k.conkey')}, 'customer_id') is null
           or array_position(${columnsOf('k.conrelid', 'k.conkey')}, 'customer_id')
             is distinct from array_position(${columnsOf('k.confrelid', 'k.confkey')}, 'customer_id'))`,
    )
    expect(found).toEqual([])
  })

  it('with an order_id has a foreign key to the order, or to its truck request, which has', async () => {
    const found = await offenders(
      `select a.attrelid::regclass::text as name from pg_attribute a where a.attrelid in ${tableOfAnOrder} and a.attname = 'order_id'
         and not exists (select from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'f' and a.attnum = any (k.conkey)
           and k.confrelid in ('app.orders'::regclass, 'app.truck_requests'::regclass) and k.confrelid <> k.conrelid)`,
    )
    expect(found).toEqual([])
  })
})

describe('a status of an order', () => {
  // Whoever adds a status decides here what it is; the tests below then hold the columns and the moves to it.
  const classified: Record<string, 'searching' | 'under way' | 'over'> = {
    active: 'searching',
    partially_filled: 'searching',
    fully_filled: 'under way',
    in_progress: 'under way',
    completed: 'over',
    cancelled: 'over',
    expired: 'over',
  }
  type Move = { from_status: string; to_status: string; is_by_clock_only: boolean }

  const quoted = async (query: string) =>
    [...(await one<{ text: string }>(owner, query)).text.matchAll(/'(\w+)'/g)].map(([, status]) => status ?? '').sort()
  const allowed = () =>
    quoted(
      `select coalesce(string_agg(pg_get_constraintdef(k.oid), ''), '') as text from pg_constraint k
       where k.conrelid = 'app.orders'::regclass and k.conname = 'order_status_is_known'`,
    )
  const moves = async () => (await owner.query<Move>('select * from app.order_transitions')).rows
  /** What the generated columns say of each allowed status: their own expressions, asked without a row. */
  const said = async () => {
    const { rows } = await owner.query<{ name: string; expression: string }>(
      `select a.attname as name, pg_get_expr(d.adbin, d.adrelid) as expression from pg_attrdef d
       join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
       where d.adrelid = 'app.orders'::regclass and a.attgenerated = 's' and a.attname in ('is_open', 'is_live') order by 1`,
    )
    const [live, open] = rows.map(({ expression }) => expression)
    const answers = await owner.query<{ status: string; is_live: boolean; is_open: boolean }>(
      `select status, ${live} as is_live, ${open} as is_open from unnest($1::text[]) as s(status) order by 1`,
      [await allowed()],
    )
    return answers.rows
  }

  it('is classified here, allowed by the check, and part of a move: the same list three times', async () => {
    const names = Object.keys(classified).sort()
    expect(await allowed()).toEqual(names)
    const moved = (await moves()).flatMap(({ from_status, to_status }) => [from_status, to_status])
    expect([...new Set(moved)].sort()).toEqual(names)
  })

  it('is_live and is_open say what it is', async () => {
    const seen = (await said()).map(({ status, is_live, is_open }) => [
      status,
      is_open ? (is_live ? 'searching' : 'open but not live') : is_live ? 'under way' : 'over',
    ])
    expect(Object.fromEntries(seen)).toEqual(classified)
  })

  it('is over exactly when no move leaves it', async () => {
    const left = new Set((await moves()).map(({ from_status }) => from_status))
    expect((await said()).filter(({ status, is_live }) => is_live !== left.has(status))).toEqual([])
  })

  it('searches exactly when its last truck can still be found', async () => {
    const toFilled = (await moves()).filter((move) => move.to_status === 'fully_filled')
    const searching = new Set(toFilled.map(({ from_status }) => from_status))
    expect((await said()).filter(({ status, is_open }) => is_open !== searching.has(status))).toEqual([])
  })

  it('is moved by the clock exactly when it searches, by a move that is listed, and to where no search runs', async () => {
    const [listed, facts] = [await moves(), await said()]
    for (const { status, is_open } of facts) {
      const { customer, id } = await make.order(owner, {
        status: status as NonNullable<Parameters<typeof make.order>[1]>['status'],
        dueIn: '-1 s',
      })
      const { later } = await one<{ later: string }>(
        owner,
        "select api.status_at(o, 'infinity') as later from app.orders o where o.customer_id = $1 and o.id = $2",
        [customer, id],
      )
      expect(later !== status, `the clock and ${status}`).toBe(is_open)
      if (!is_open) continue
      expect(listed).toContainEqual(expect.objectContaining({ from_status: status, to_status: later }))
      expect(facts).toContainEqual(expect.objectContaining({ status: later, is_open: false }))
    }
    const byClock = listed.filter(({ is_by_clock_only }) => is_by_clock_only)
    expect(byClock).toEqual([{ from_status: 'active', to_status: 'expired', is_by_clock_only: true }])
  })
})
