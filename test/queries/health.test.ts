// On a copy of its own: what is taken away here locks its table until it is rolled back.
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { sqlLayer } from '../../src/db/sql-file.ts'
import { copyDatabase, isCitus, one } from '../support/database.ts'
import { make } from '../support/make.ts'

const copy = await copyDatabase()

type Check = { check_name: string; is_ok: boolean; finding: string; what_to_do: string | null }
const health = async (db: pg.Client) => (await db.query<Check>('select * from api.health()')).rows
const index = 'one_active_order_per_customer'
const uniqueRules = [
  index,
  'one_order_per_idempotency_key',
  'one_trip_per_truck_request',
  'one_live_trip_per_vehicle',
  'one_live_trip_per_driver',
]
const allOk = ['unique rules', 'guards', 'schema', 'sweep', 'due orders', 'open transactions', 'old orders']
const guards = readdirSync(join(import.meta.dirname, '..', '..', 'sql', 'guards')).map((file) => basename(file, '.sql'))

/** A service that is whole: migrated, and swept once. Rolled back at the end. */
const whole = (test: (db: pg.Client) => Promise<void>) => async () => {
  const db = new pg.Client({ connectionString: copy.ownerUrl })
  await db.connect()
  if (isCitus) await db.query("set citus.multi_shard_modify_mode = 'sequential'") // a function may be made after a read
  await db.query('begin; select api.expire_due_orders()')
  try {
    await test(db)
  } finally {
    await db.query('rollback')
    await db.end()
  }
}

/** Only this check is not ok, and says what to do. */
async function expectOnly(db: pg.Client, name: string, finding: RegExp | string): Promise<void> {
  const checks = await health(db)
  expect(checks.filter(({ is_ok }) => !is_ok).map(({ check_name }) => check_name)).toEqual([name])
  const found = checks.find(({ check_name }) => check_name === name)
  expect(found?.finding).toMatch(finding)
  expect(found?.what_to_do).toMatch(/.{15}/)
  for (const check of checks) expect(check.what_to_do === null, check.check_name).toBe(check.is_ok)
}

describe('health', () => {
  it(
    'is all ok once the first sweep has run, with nothing to do',
    whole(async (db) => {
      await make.order(db)
      await make.order(db, { dueIn: '-10 s' })
      const checks = await health(db)
      expect(checks.map(({ check_name, is_ok, what_to_do }) => [check_name, is_ok, what_to_do])).toEqual(
        allOk.map((name) => [name, true, null]),
      )
      expect(checks.map(({ finding }) => finding)).toEqual([
        'all there',
        'all on',
        `${newestMigration()}.sql, sql/ ${sqlLayer()}`,
        expect.stringMatching(/^last run 00:00:0\d ago$/),
        expect.stringMatching(/^1, the oldest for \d+ s$/),
        expect.stringMatching(/^the oldest for \d+ s$/),
        '0 to erase, the oldest for 0 days',
      ])
    }),
  )

  it(
    'is not ok before the first sweep',
    whole(async (db) => {
      await db.query('delete from app.sweeps')
      await expectOnly(db, 'sweep', /never ran/)
    }),
  )

  it(
    'is not ok when the last sweep was six minutes ago, and is when it was four',
    whole(async (db) => {
      const sweptAgo = (age: string) =>
        db.query('update app.sweeps set started_at = now() - $1::interval, finished_at = now() - $1::interval', [age])
      await sweptAgo('4 minutes')
      expect((await health(db)).every(({ is_ok }) => is_ok)).toBe(true)
      await sweptAgo('6 minutes')
      await expectOnly(db, 'sweep', /last run 00:06:0\d ago/)
    }),
  )

  it(
    'is not ok when an order has been due for six minutes, and is when it has for four',
    whole(async (db) => {
      await make.order(db, { dueIn: '-4 minutes' })
      expect((await health(db)).every(({ is_ok }) => is_ok)).toBe(true)
      await make.order(db, { dueIn: '-6 minutes' })
      await expectOnly(db, 'due orders', /^2, the oldest for 36\d s$/)
    }),
  )

  it(
    'is not ok when an order should have been erased two days ago, and is when it should have been yesterday',
    whole(async (db) => {
      await db.query("select api.change_settings(p_retention => '40 days')")
      await make.order(db, { status: 'expired', createdAgo: '41 days' })
      expect((await health(db)).every(({ is_ok }) => is_ok)).toBe(true)
      await make.order(db, { status: 'completed', createdAgo: '42 days 1 minute' })
      await make.order(db, { status: 'in_progress', createdAgo: '100 days' })
      await expectOnly(db, 'old orders', /^2 to erase, the oldest for 2 days$/)
    }),
  )

  it(
    'is not ok without the record of a migration',
    whole(async (db) => {
      await db.query('delete from graphile_migrate.migrations')
      await expectOnly(db, 'schema', /none/)
    }),
  )

  it(
    'is not ok when sql/ was never loaded',
    whole(async (db) => {
      await db.query('delete from app.sql_layers')
      await expectOnly(db, 'schema', /never loaded$/)
    }),
  )

  it.each([
    ['61', /^the oldest for 61 s$/],
    ['null', /^not to be seen$/],
  ])('is not ok when the oldest transaction has been open for %s seconds', (seconds, finding) =>
    whole(async (db) => {
      const says = (value: string) =>
        db.query(
          `create or replace function api.oldest_transaction_seconds() returns integer language sql stable begin atomic select ${value}::integer; end`,
        )
      await says('59')
      expect((await health(db)).every(({ is_ok }) => is_ok)).toBe(true)
      await says(seconds)
      await expectOnly(db, 'open transactions', finding)
    })(),
  )

  it.each([
    ['is not there', ''],
    ['is not unique', `create index ${index} on app.orders (customer_id) where is_open`],
    ['holds every order', `create unique index ${index} on app.orders (customer_id)`],
    ['holds other orders', `create unique index ${index} on app.orders (customer_id) where is_live`],
    [
      'holds some open orders',
      `create unique index ${index} on app.orders (customer_id) where is_open and trucks_filled = 0`,
    ],
    ['has another key', `create unique index ${index} on app.orders (id) where is_open`],
    ['has a longer key', `create unique index ${index} on app.orders (customer_id, id) where is_open`],
    [
      'is on another table',
      `create unique index ${index} on app.truck_requests (customer_id, order_id, request_number)`,
    ],
  ])('is not ok when an index that is a rule %s', (_, instead) =>
    whole(async (db) => {
      await db.query(`drop index app.${index}; ${instead}`)
      await expectOnly(db, 'unique rules', new RegExp(`^missing or another: ${index}$`))
    })(),
  )

  it.each(uniqueRules)('is not ok when the index %s is not there, or not unique, or for all rows', (name) =>
    whole(async (db) => {
      const { definition } = await one<{ definition: string }>(
        db,
        "select pg_get_indexdef(('app.' || $1)::regclass) as definition",
        [name],
      )
      for (const instead of ['', definition.replace('UNIQUE ', ''), definition.replace(/ WHERE .*/, '')]) {
        await db.query(`savepoint loss; drop index app.${name}; ${instead}`)
        await expectOnly(db, 'unique rules', new RegExp(`^missing or another: ${name}$`))
        await db.query('rollback to savepoint loss')
      }
      expect((await health(db)).every(({ is_ok }) => is_ok)).toBe(true)
    })(),
  )

  it(
    'names every index that is missing',
    whole(async (db) => {
      await db.query(`drop index ${uniqueRules.map((name) => `app.${name}`)}`)
      const [check] = (await health(db)).filter(({ is_ok }) => !is_ok)
      expect(check?.finding.replace('missing or another: ', '').split(', ').sort()).toEqual(uniqueRules.toSorted())
    }),
  )

  it.each(guards)(
    'is not ok when the guard %s is off, or its trigger is another or gone, or its function is',
    (guard) =>
      whole(async (db) => {
        const { table } = await one<{ table: string }>(
          db,
          'select tgrelid::regclass::text as table from pg_trigger where tgname = $1',
          [guard],
        )
        for (const loss of [
          `alter table ${table} disable trigger ${guard}`,
          `alter table ${table} enable replica trigger ${guard}`,
          `drop trigger ${guard} on ${table}`,
          `create or replace trigger ${guard} before insert on ${table} for each statement when (false) execute function app.${guard}()`,
          `drop function app.${guard}() cascade`,
        ]) {
          await db.query(`savepoint loss; ${loss}`)
          await expectOnly(db, 'guards', guard)
          await db.query('rollback to savepoint loss')
        }
        expect((await health(db)).every(({ is_ok }) => is_ok)).toBe(true)
      })(),
  )

  it(
    'names every guard that is missing',
    whole(async (db) => {
      await db.query('alter table app.orders disable trigger user')
      await expectOnly(
        db,
        'guards',
        /order_event_is_recorded.*order_starts_active|order_starts_active.*order_event_is_recorded/,
      )
    }),
  )
})
