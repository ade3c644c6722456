import type pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { loadSql } from '../../src/db/load-sql.ts'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { copyDatabase, one } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { range, scaled } from '../support/scale.ts'
import { oneTruck } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase(20)
await db.owner.query('update app.settings set creates_per_minute = 1000000')

/** Each loads all of sql/ two or three times. */
const some = scaled({ full: 10, small: 2 })

async function load(): Promise<void> {
  const client = await db.owner.connect()
  try {
    await loadSql(client)
  } finally {
    client.release()
  }
}

/** Everything that sql/ makes, as the catalog describes it. */
const layer = () =>
  one<{ functions: unknown; views: unknown; triggers: unknown; schemas: unknown }>(
    db.owner,
    `select
       (select jsonb_agg(jsonb_build_array(c.oid::regclass, pg_get_viewdef(c.oid), c.relacl, c.reloptions, obj_description(c.oid, 'pg_class'),
          (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attacl, col_description(c.oid, a.attnum)) order by a.attnum)
           from pg_attribute a where a.attrelid = c.oid and a.attnum > 0)) order by c.oid::regclass::text)
        from pg_class c where c.relnamespace in ('api'::regnamespace, 'rest'::regnamespace)) as views,
       (select jsonb_agg(jsonb_build_array(p.oid::regprocedure, pg_get_functiondef(p.oid), p.proacl, obj_description(p.oid, 'pg_proc')) order by p.oid::regprocedure::text)
        from pg_proc p where p.pronamespace in ('api'::regnamespace, 'rest'::regnamespace, 'app'::regnamespace)) as functions,
       (select jsonb_agg(jsonb_build_array(pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger')) order by t.tgname)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = 'app'::regnamespace and not t.tgisinternal) as triggers,
       (select jsonb_agg(jsonb_build_array(n.nspname, n.nspacl) order by n.nspname) from pg_namespace n where n.nspname in ('api', 'rest')) as schemas`,
  )

const triggerRows = () =>
  db.owner
    .query(
      `select t.tgname, t.oid, t.xmin from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'app'::regnamespace and not t.tgisinternal order by 1`,
    )
    .then(({ rows }) => rows)

const whole = await layer()

describe('loading sql/', () => {
  afterEach(async () => {
    await db.owner.query('drop function if exists api.stranger(); drop function if exists rest.stranger(integer)')
    await db.owner.query('drop function if exists app.stranger(); drop function if exists api.seconds_left(text)')
    await load()
    expect(await layer()).toEqual(whole)
  })

  it.each(
    [
      ['api.stranger()', 'create function api.stranger() returns integer language sql as $$ select 1 $$'],
      [
        'rest.stranger(integer)',
        'create function rest.stranger(integer) returns integer language sql as $$ select 1 $$',
      ],
      ['app.stranger()', 'create function app.stranger() returns integer language sql as $$ select 1 $$'],
      [
        'api.seconds_left(text)',
        'create function api.seconds_left(text) returns integer language sql as $$ select 1 $$',
      ],
    ].slice(0, some),
  )('refuses %s, which no file makes, by its name, and changes nothing', async (signature, create) => {
    await db.owner.query(create)
    await db.owner.query(
      "create or replace function api.iso_time(p_at timestamptz) returns text language sql stable as $$ select 'by hand' $$",
    )
    const before = await layer()
    await expect(load()).rejects.toThrow(signature)
    expect(await layer()).toEqual(before)
    expect(await one(db.owner, 'select api.iso_time(now()) as time')).toEqual({ time: 'by hand' })
    await db.owner.query(`drop function ${signature}`)
  })

  it.each(
    ['rest.check_active(uuid)', 'api.expire_due_orders(integer)', 'api.status_at(app.orders, timestamptz)'].slice(
      0,
      some,
    ),
  )('brings back %s with its rights when it was dropped, and what went with it', async (signature) => {
    await db.owner.query(`drop function ${signature} cascade`)
    await load()
    expect(await layer()).toEqual(whole)
  })

  it('restores a function that was changed by hand', async () => {
    await db.owner.query(
      'create or replace function api.is_cancellable(p_order app.orders) returns boolean language sql stable as $$ select true $$',
    )
    await load()
    expect(await layer()).toEqual(whole)
  })

  it('brings back a schema that was dropped', async () => {
    await db.owner.query('drop schema rest cascade')
    await load()
    expect(await layer()).toEqual(whole)
  })

  it.each(
    [
      ['dropped', 'drop trigger order_starts_active on app.orders'],
      ['disabled', 'alter table app.orders disable trigger order_starts_active'],
      ['made for replicas only', 'alter table app.orders enable replica trigger order_starts_active'],
      ['dropped with its function', 'drop function app.order_starts_active() cascade'],
      [
        'dropped and made otherwise',
        `drop trigger order_starts_active on app.orders;
       create trigger order_starts_active before insert on app.orders for each row when (false) execute function app.order_starts_active()`,
      ],
      [
        'replaced in place',
        'create or replace trigger order_starts_active before insert on app.orders for each row when (false) execute function app.order_starts_active()',
      ],
    ].slice(0, some),
  )('brings back a guard whose trigger was %s by hand', async (_, byHand) => {
    await db.owner.query(byHand)
    expect(await layer()).not.toEqual(whole)
    try {
      await load()
      expect(await layer()).toEqual(whole)
    } finally {
      await db.owner.query('drop trigger if exists order_starts_active on app.orders')
    }
  })
})

describe('loading sql/ when the views', () => {
  it.each(
    [
      ['api.stranger', 'view', 'create view api.stranger as select * from app.orders'],
      ['rest.stranger', 'view', 'create view rest.stranger as select 1 as one'],
      ['api.stranger', 'table', 'create table api.stranger (x integer)'],
      ['rest.stranger', 'sequence', 'create sequence rest.stranger'],
    ].slice(0, some),
  )(
    'have %s beside them, a %s that no file makes, stops by its name and changes nothing',
    async (name, kind, create) => {
      await db.owner.query(create)
      const before = await layer()
      await expect(load()).rejects.toThrow(name)
      expect(await layer()).toEqual(before)
      await db.owner.query(`drop ${kind} ${name}`)
    },
  )

  it('were changed or dropped by hand, restores them, their rights and what stands on them', async () => {
    for (const changes of [
      [
        'create or replace view api.settings as select search_window, creates_per_minute, trip_alarm, retention from app.settings where false',
        'grant update on api.settings to weelo_support, public',
        'grant select (customer_phone) on api.orders to weelo_rest',
        "comment on view api.settings is 'by hand'",
        "comment on column api.orders.status is 'by hand'",
      ],
      [
        'create or replace view api.settings as select search_window, 7 as creates_per_minute, trip_alarm, retention from app.settings',
        'alter view api.settings set (security_invoker = true)',
        'revoke select on api.settings from weelo_admin',
      ],
      ['drop view api.settings cascade', 'drop view api.orders cascade'],
    ]) {
      for (const byHand of changes) {
        const before = await layer()
        await db.owner.query(byHand)
        expect(await layer(), byHand).not.toEqual(before)
      }
      await load()
      expect(await layer()).toEqual(whole)
    }
  })

  it('were given another column by hand, stops at the file of the view and changes nothing', async () => {
    await db.owner.query(
      'create or replace view api.settings as select search_window, creates_per_minute, trip_alarm, retention, is_only_row from app.settings',
    )
    const before = await layer()
    try {
      await expect(load()).rejects.toThrow('sql/views/settings.sql')
      expect(await layer()).toEqual(before)
    } finally {
      await db.owner.query('drop view api.settings cascade')
      await load()
    }
  })
})

describe('the comment on a column of a view', () => {
  const commentOn = async (column: string) => {
    const { comment } = await one<{ comment: string }>(
      db.owner,
      `select col_description(a.attrelid, a.attnum) as comment from pg_attribute a
       where a.attrelid = $1::regclass and a.attname = $2`,
      [column.slice(0, column.lastIndexOf('.')), column.slice(column.lastIndexOf('.') + 1)],
    )
    return comment
  }

  it.each([
    ['api.orders.goods_type', 'app.orders.goods_type'],
    ['api.truck_requests.request_number', 'app.truck_requests.request_number'],
    ['api.order_events.reason', 'app.order_events.reason'],
    ['api.settings.search_window', 'app.settings.search_window'],
    ['api.active_orders.customer_phone', 'app.orders.customer_phone'],
    ['api.active_orders.seconds_left', 'api.orders.seconds_left'],
    ['api.due_orders.status', 'api.orders.status'],
  ])('%s is that of %s', async (column, source) => {
    expect(await commentOn(column)).toBe(await commentOn(source))
    expect(await commentOn(column)).toMatch(/.{5}/)
  })

  it.each(['orders.status', 'orders.is_open', 'truck_requests.status'])(
    'api.%s is its own, which differs from that of the table',
    async (column) => {
      expect(await commentOn(`api.${column}`)).not.toBe(await commentOn(`app.${column}`))
    },
  )

  it('follows that of the table, unless it is its own, also when it was changed by hand', async () => {
    const changed = ['app.orders.goods_type', 'app.orders.status', 'api.orders.distance_km', 'api.orders.is_due']
    const before = await Promise.all(changed.map(commentOn))
    const own = await commentOn('api.orders.status')
    const say = (column: string, comment = '') =>
      db.owner.query(`comment on column ${column} is '${comment.replaceAll("'", "''")}'`)
    try {
      for (const column of changed) await say(column, 'In other words, by hand.')
      await load()
      expect(await commentOn('api.orders.goods_type')).toBe('In other words, by hand.')
      expect(await commentOn('api.orders.status')).toBe(own)
      expect([await commentOn('api.orders.distance_km'), await commentOn('api.orders.is_due')]).toEqual(before.slice(2))
    } finally {
      for (const [i, column] of changed.entries()) await say(column, before[i])
      await db.owner.query('drop view api.orders cascade')
      await load()
    }
    expect(await layer()).toEqual(whole)
  })
})

describe('rights that grants.sql does not name', () => {
  it('are taken away at the next load', async () => {
    await db.owner.query(`grant usage on schema app, api to weelo_rest; grant select, update on app.orders to weelo_rest;
      grant execute on function api.cancel_order to weelo_rest, public; grant execute on function rest.order_json to weelo_rest`)
    await load()
    const { rows } = await db.owner.query(
      `select has_schema_privilege('weelo_rest', 'app', 'usage') as app, has_schema_privilege('weelo_rest', 'api', 'usage') as api,
         has_table_privilege('weelo_rest', 'app.orders', 'select') or has_table_privilege('weelo_rest', 'app.orders', 'update') as orders,
         has_function_privilege('weelo_rest', 'api.cancel_order(uuid, uuid, text)', 'execute') as cancel,
         has_function_privilege('weelo_rest', 'rest.order_json(app.orders, integer)', 'execute') as helper,
         has_function_privilege('weelo_rest', 'rest.check_active(uuid)', 'execute') as route`,
    )
    expect(rows).toEqual([{ app: false, api: false, orders: false, cancel: false, helper: false, route: true }])
  })
})

describe('loading sql/ when nothing changed', () => {
  it('does not touch the triggers', async () => {
    const before = await triggerRows()
    await load()
    expect(await triggerRows()).toEqual(before)
    expect(before.length).toBeGreaterThanOrEqual(5)
  })

  it('waits for no writer', async () => {
    const order = await make.order(db.owner)
    const writer = await db.owner.connect()
    await writer.query('begin')
    await writer.query(createOrderSql(), [newId()])
    await writer.query('select from app.orders where id = $1 for update', [order.id])
    await writer.query('select api.cancel_order($1, $2)', [order.customer, order.id])
    await writer.query(
      'lock table app.orders, app.truck_requests, app.order_events, app.settings in row exclusive mode',
    )
    await load()
    await writer.query('commit')
    writer.release()
  })

  it('waits for no reader, such as a transaction left open in psql', async () => {
    const reader = await db.owner.connect()
    await reader.query('begin; table api.orders; table api.settings; select * from api.health()')
    const loader = await db.owner.connect()
    const { pid } = await one<{ pid: number }>(loader, 'select pg_backend_pid() as pid')
    let isLoaded = false
    const loading = loadSql(loader).then(() => {
      isLoaded = true
    })
    let waited = false
    await until(async () => {
      waited ||= await isWaiting(db.owner, pid)
      return isLoaded || waited
    }, 'the load ends, or waits for the reader')
    await reader.query('rollback')
    reader.release()
    await loading
    loader.release()
    expect(waited).toBe(false)
  })

  it('disturbs no call that runs meanwhile', async () => {
    const pool = makePool(db.restUrl, 4, () => {})
    const call = makeCall(pool)
    let isLoading = true
    let calls = 0
    const caller = async () => {
      const customer = newId()
      while (isLoading) {
        const { body } = await call<{ body: string }>({
          name: 'create_order',
          text: 'select r.body from rest.create_order($1, $2, $3, $4, $5) r',
          values: [customer, '', '', newId(), oneTruck],
        })
        const active = await call<{ body: string }>({
          name: 'check_active',
          text: 'select rest.check_active($1) as body',
          values: [customer],
        })
        const { id } = JSON.parse(body).data.order
        expect(JSON.parse(active.body).data.activeOrder.orderId).toBe(id)
        await call({ name: 'cancel_order', text: 'select rest.cancel_order($1, $2, $3)', values: [customer, id, ''] })
        calls += 3
      }
    }
    const callers = range(4).map(caller)
    const all = Promise.all(callers)
    for (const _ of range(scaled({ full: 100, small: 10 }))) await Promise.race([load(), all])
    isLoading = false
    await all
    await pool.end()
    expect(calls).toBeGreaterThan(100)
  })
})

describe('loading sql/ when a trigger must change and a writer is in its table', () => {
  it('gives way to other writers within the lock timeout, tries again, and ends once the writer has', async () => {
    const lockTimeoutMs = 2_000
    await db.owner.query('drop trigger order_starts_active on app.orders')
    const writer = await db.owner.connect()
    await writer.query('begin')
    await writer.query(createOrderSql(), [newId()])

    const loader = await db.owner.connect()
    const { pid } = await one<{ pid: number }>(loader, 'select pg_backend_pid() as pid')
    let isLoaded = false
    const loading = loadSql(loader).then(() => {
      isLoaded = true
    })
    await until(() => isWaiting(db.owner, pid), 'the load waits for the writer')

    const longest = await longestCreate(4_500, () => isLoaded)
    expect(longest).toBeGreaterThan(lockTimeoutMs / 4)
    expect(longest).toBeLessThan(lockTimeoutMs + 1_000)
    expect(isLoaded).toBe(false)
    await writer.query('commit')
    writer.release()
    await loading
    loader.release()
    expect(await layer()).toEqual(whole)
  })
})

async function isWaiting(owner: pg.Pool, pid: number): Promise<boolean> {
  const { n } = await one<{ n: number }>(owner, 'select cardinality(pg_blocking_pids($1)) as n', [pid])
  return n > 0
}

/** Creates one order after the other for a while, and tells how long the slowest took. */
async function longestCreate(durationMs: number, isOver: () => boolean): Promise<number> {
  let longest = 0
  for (const end = performance.now() + durationMs; performance.now() < end && !isOver(); ) {
    const startedAt = performance.now()
    await db.owner.query(createOrderSql(), [newId()])
    longest = Math.max(longest, performance.now() - startedAt)
  }
  return longest
}
