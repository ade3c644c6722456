import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from 'graphile-migrate'
import { clearAllPools } from 'graphile-migrate/dist/pgReal.js'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { one } from '../support/database.ts'
import { emptyDatabase } from '../support/empty-database.ts'
import { createOrderSql, newId } from '../support/make.ts'
import { range } from '../support/scale.ts'
import { until } from '../support/until.ts'

const project = join(import.meta.dirname, '..', '..')
const pools: pg.Pool[] = []
const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(pools.map((pool) => pool.end()))
})

/** A new, empty database and its owner's pool. */
async function empty() {
  const url = await emptyDatabase()
  const owner = new pg.Pool({ connectionString: url })
  owner.on('error', () => {})
  pools.push(owner)
  return { url, owner }
}

/** What a migration makes: every object with its definition, and every row that it inserts with its version. */
const everything = (owner: pg.Pool) =>
  one(
    owner,
    `select
       (select jsonb_agg(jsonb_build_array(c.oid::regclass, c.oid, c.relkind, c.relacl) order by c.oid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('app', 'graphile_migrate', 'graphile_worker')) as relations,
       (select jsonb_agg(jsonb_build_array(c.oid, c.conname, pg_get_constraintdef(c.oid)) order by c.oid)
        from pg_constraint c where c.connamespace = 'app'::regnamespace) as constraints,
       (select jsonb_agg(jsonb_build_array(t.oid, t.xmin, pg_get_triggerdef(t.oid)) order by t.oid) from pg_trigger t where not t.tgisinternal) as triggers,
       (select jsonb_agg(jsonb_build_array(p.oid, p.oid::regprocedure, pg_get_functiondef(p.oid), p.proacl) order by p.oid)
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('api', 'rest', 'app')) as functions,
       (select jsonb_agg(jsonb_build_array(m.xmin, m.filename)) from graphile_migrate.migrations m) as migrations,
       (select jsonb_agg(jsonb_build_array(s.xmin, to_jsonb(s))) from app.settings s) as settings,
       (select jsonb_agg(jsonb_build_array(m.xmin, to_jsonb(m)) order by m.from_status, m.to_status) from app.order_transitions m) as transitions,
       (select datacl from pg_database where datname = current_database()) as rights`,
  )

describe('migrating', () => {
  it('an empty database makes everything that the service needs', async () => {
    const { url, owner } = await empty()
    await migrateDatabase(url)
    expect((await one(owner, createOrderSql(), [newId()])).status).toBe('active')
    expect(await one(owner, 'select schema_version from rest.readiness()')).toEqual({
      schema_version: newestMigration(),
    })
    expect(await one(owner, 'select count(*)::integer as jobs from graphile_worker.jobs')).toEqual({ jobs: 0 })
    expect(await one(owner, 'select api.expire_due_orders() as closed')).toEqual({ closed: 0 })
    expect(
      await one(
        owner,
        "select has_database_privilege('public', current_database(), 'connect') as public, has_database_privilege('weelo_rest', current_database(), 'connect') as rest",
      ),
    ).toEqual({ public: false, rest: true })
  })

  it('twice changes nothing the second time', async () => {
    const { url, owner } = await empty()
    await migrateDatabase(url)
    await owner.query("update app.settings set search_window = '90 s'")
    const before = await everything(owner)
    await migrateDatabase(url)
    expect(await everything(owner)).toEqual(before)
  })

  it('an empty database four times at once succeeds four times', async () => {
    const { url, owner } = await empty()
    await Promise.all(range(4).map(() => migrateDatabase(url)))
    expect(
      await one(owner, 'select max(left(filename, 6)) as newest, count(*)::integer from graphile_migrate.migrations'),
    ).toEqual({
      newest: newestMigration(),
      count: Number(newestMigration()),
    })
    expect((await one(owner, createOrderSql(), [newId()])).status).toBe('active')
  })

  it('two databases of one cluster at once succeeds for both', async () => {
    const both = await Promise.all(range(2).map(empty))
    await Promise.all(both.map(({ url }) => migrateDatabase(url)))
    for (const { owner } of both) expect((await one(owner, createOrderSql(), [newId()])).status).toBe('active')
  })
})

/** Migrates in another process, which something must already hold up, and kills that process there. */
async function killWhileStuck(url: string, owner: pg.Pool): Promise<void> {
  const module = JSON.stringify(join(project, 'src/db/migrate.ts'))
  const script = `const { migrateDatabase } = await import(${module}); await migrateDatabase(${JSON.stringify(url)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  children.push(child)
  const stuck = `select from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and a.application_name = 'weelo-migrate' and a.datname = current_database()
      and exists (select from pg_stat_activity w where w.datname = a.datname and w.wait_event_type = 'Lock')`
  await until(async () => (await owner.query(stuck)).rowCount === 1, 'the process holds the lock and is stuck')
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe('a process that is killed while it migrates', () => {
  it('and holds the lock does not block the next', async () => {
    const { url, owner } = await empty()
    await migrateDatabase(url)
    await owner.query('drop trigger order_starts_active on app.orders')
    const writer = await owner.connect()
    await writer.query('begin')
    await writer.query('lock table app.orders in row exclusive mode')
    await killWhileStuck(url, owner)
    await writer.query('rollback')
    writer.release()
    const startedAt = performance.now()
    await migrateDatabase(url)
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    expect(
      await one(owner, "select count(*)::integer as n from pg_trigger where tgname = 'order_starts_active'"),
    ).toEqual({ n: 1 })
  })

  it('and leaves a statement of graphile-migrate running does not fail the next', async () => {
    const { url, owner } = await empty()
    await migrateDatabase(url)
    const blocker = await owner.connect()
    await blocker.query('begin')
    await blocker.query('lock table graphile_migrate.migrations in access exclusive mode')
    await killWhileStuck(url, owner)
    const next = migrateDatabase(url).then(
      () => 'migrated',
      (error: Error) => error.message,
    )
    // Not to fail is nothing that can be polled for: it gets a second in which to do so.
    await Promise.race([next, sleep(1_000)])
    await blocker.query('rollback')
    blocker.release()
    expect(await next).toBe('migrated')
  })
})

describe('migrating from the release before', () => {
  /** Before the keys of truck requests and events changed: what came after it runs beside customers. */
  const lastOfTheRelease = '000015'

  async function migrateToThatRelease(connectionString: string): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'weelo-migrations-'))
    const committed = join(project, 'migrations', 'committed')
    mkdirSync(join(folder, 'committed'))
    for (const file of readdirSync(committed).filter((name) => name.slice(0, 6) <= lastOfTheRelease))
      copyFileSync(join(committed, file), join(folder, 'committed', file))
    writeFileSync(join(folder, 'current.sql'), '')
    await migrate({ connectionString, migrationsFolder: folder })
    clearAllPools()
    rmSync(folder, { recursive: true })
  }

  /** What a create locks, in its order, by whatever functions the release before had. */
  const create = (customer: string, id: string) => `begin;
    select search_window from app.settings;
    insert into app.orders (customer_id, id, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude,
      drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
    values ('${customer}', '${id}', now() + interval '1 minute', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256(''));
    insert into app.order_events (customer_id, order_id, to_status, actor, occurred_at) values ('${customer}', '${id}', 'active', 'x', now());
    insert into app.truck_requests (customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, created_at, updated_at)
    values ('${customer}', '${id}', 1, 'open', '17 Feet', 1, now(), now());
    commit`

  /** What a withdrawal locks, in its order: the other way round. */
  const withdraw = `begin;
    update app.trips set end_reason = end_reason where false;
    update app.truck_requests set status = status where false;
    commit`

  it('refuses no create and no withdrawal that is made meanwhile, although each waits half a second at most', async () => {
    const { url, owner } = await empty()
    await migrateToThatRelease(url)
    let isOver = false
    const done = { creates: 0, withdrawals: 0 }
    const goOnFor = (least: number) => {
      const { creates, withdrawals } = done
      return until(
        async () => done.creates > creates + least && done.withdrawals > withdrawals + least,
        'customers come',
      )
    }
    const refused: unknown[] = []
    const lanes = range(8).map(async (lane) => {
      const session = await owner.connect()
      await session.query("set lock_timeout = '500ms'")
      while (!isOver) {
        const { rows } = await session.query('select app.uuid_v7() as id')
        const what = lane % 4 === 0 ? 'withdrawals' : 'creates'
        await session.query(what === 'creates' ? create(newId(), rows[0].id) : withdraw).then(
          () => done[what]++,
          async (error) => {
            refused.push((error as pg.DatabaseError).code)
            await session.query('rollback')
          },
        )
      }
      session.release()
    })
    await goOnFor(50)
    await migrateDatabase(url)
    await goOnFor(50)
    isOver = true
    await Promise.all(lanes)
    expect(refused).toEqual([])
  })
})
