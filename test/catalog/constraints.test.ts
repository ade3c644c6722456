import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { copyDatabase, one, refusalOf, urlOf } from '../support/database.ts'
import { make, newId } from '../support/make.ts'

// A database of its own: each test also drops the constraint it is about, which locks the table.
const { name: database, owner } = await copyDatabase()

type Order = Awaited<ReturnType<typeof make.order>>
/** A statement that breaks one rule and no other, given an open order: $1 is its customer and $2 its id, as needed. */
type Case = {
  breaks: string
  code: string
  statement: string
  given?: Parameters<typeof make.order>[1]
  /** What lets the statement past a guard that would speak first. */
  before?: string
}

const CHECK = '23514'
const UNIQUE = '23505'
const FOREIGN_KEY = '23503'

/** A guard of their own keeps personal facts, whatever the new value. */
const pastTheGuard = 'alter table app.orders disable trigger personal_facts_only_become_blank'
const onOrder = (breaks: string, ...changes: string[]): Case[] =>
  changes.map((change) => ({
    breaks,
    code: CHECK,
    before: pastTheGuard,
    statement: `update app.orders set ${change} where customer_id = $1 and id = $2`,
  }))
const onTruck = (breaks: string, ...changes: string[]): Case[] =>
  changes.map((change) => ({
    breaks,
    code: CHECK,
    statement: `update app.truck_requests set ${change} where customer_id = $1 and order_id = $2 and request_number = 1`,
  }))
const text = (rule: string, column: string, max: number): Case[] =>
  onOrder(`${rule}_is_1_to_${max}_characters`, `${column} = ''`, `${column} = repeat('é', ${max + 1})`)
/** A promised trip for truck 1 of the only order; truck 2 is free for another. Guards, which have files of their own, would speak first. */
const aTrip = `alter table app.trips disable trigger user;
  insert into app.trips (customer_id, order_id, request_number, transporter_id, vehicle_number, driver_name, driver_phone)
  select customer_id, order_id, 1, gen_random_uuid(), 'MH12', 'Ravi', '9876543210' from app.truck_requests where request_number = 1`
const onTrip = (breaks: string, ...changes: string[]): Case[] =>
  changes.map((change) => ({
    breaks,
    code: CHECK,
    before: aTrip,
    statement: `update app.trips set ${change} where customer_id = $1 and order_id = $2`,
  }))
/** A second trip, like the first but for these. */
const secondTrip = (breaks: string, code: string, given: Record<string, string>): Case => {
  const other = {
    id: 'app.uuid_v7()',
    request_number: '2',
    vehicle_number: "'KA01'",
    driver_phone: "'9000000000'",
    ...given,
  }
  return {
    breaks,
    code,
    before: aTrip,
    statement: `insert into app.trips (customer_id, order_id, transporter_id, driver_name, ${Object.keys(other)})
      select customer_id, order_id, transporter_id, driver_name, ${Object.values(other)} from app.trips where customer_id = $1 and order_id = $2`,
  }
}
const aDispute = `alter table app.disputes disable trigger user;
  insert into app.disputes (customer_id, order_id, reason_code, notes) select customer_id, id, 'x', '' from app.orders`
const onDispute = (breaks: string, ...changes: string[]): Case[] =>
  changes.map((change) => ({
    breaks,
    code: CHECK,
    before: aDispute,
    statement: `update app.disputes set ${change} where customer_id = $1 and order_id = $2`,
  }))
const overAndByWhom = 'erased_order_is_over_and_says_by_whom'
const stops = (...places: string[]) =>
  places.map((place) => `stops = '[{"latitude": 1, "longitude": 1, "address": "a"}, ${place}]'`)

const truckColumns =
  'customer_id, order_id, request_number, vehicle_type, vehicle_subtype, price_per_truck, created_at, updated_at'
const insertOrder = (columns: string, values: string) =>
  `insert into app.orders (customer_id, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude, drop_longitude,
     drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash, ${columns})
   select customer_id, clock_timestamp() + interval '1 minute', 1, 1, 'a', 1, 1, 'a', 1, 1, 1, 1, content_hash, ${values}
   from app.orders where customer_id = $1 and id = $2`

const cases: Case[] = [
  { breaks: 'settings_has_one_row', code: UNIQUE, statement: 'insert into app.settings default values' },
  { breaks: 'only_row_is_true', code: CHECK, statement: 'insert into app.settings (is_only_row) values (false)' },
  ...['0 s', '999 ms', '1 hour 1 ms', '-1 minute'].map((window) => ({
    breaks: 'search_window_is_1_s_to_1_h',
    code: CHECK,
    statement: `update app.settings set search_window = '${window}'`,
  })),
  ...[0, -1, 1_000_001].map((limit) => ({
    breaks: 'creates_per_minute_is_positive',
    code: CHECK,
    statement: `update app.settings set creates_per_minute = ${limit}`,
  })),
  ...['29 days', '-1 year', '10 years 1 ms', '0'].map((retention) => ({
    breaks: 'retention_is_30_days_to_10_years',
    code: CHECK,
    statement: `update app.settings set retention = '${retention}'`,
  })),
  ...['59 s', '-1 day', '30 days 1 ms', '2 months'].map((alarm) => ({
    breaks: 'trip_alarm_is_1_min_to_30_days',
    code: CHECK,
    statement: `update app.settings set trip_alarm = '${alarm}'`,
  })),

  {
    breaks: 'orders_are_keyed_by_customer',
    code: UNIQUE,
    given: { status: 'cancelled' },
    statement: insertOrder('id', 'id'),
  },
  { breaks: 'one_active_order_per_customer', code: UNIQUE, statement: insertOrder('goods_type', "'x'") },
  {
    breaks: 'order_id_is_uuid_version_7',
    code: CHECK,
    given: { status: 'cancelled' },
    statement: insertOrder('id', `'${newId()}'`),
  },
  {
    breaks: 'one_active_order_per_customer',
    code: UNIQUE,
    given: { status: 'partially_filled' },
    statement: insertOrder('goods_type', "'x'"),
  },
  {
    breaks: 'one_order_per_idempotency_key',
    code: UNIQUE,
    given: { status: 'cancelled', key: 'a-key' },
    statement: insertOrder('idempotency_key', "'a-key'"),
  },
  {
    breaks: 'order_status_is_known',
    code: CHECK,
    given: { status: 'fully_filled' },
    before: "insert into app.order_transitions values ('fully_filled', 'lost')",
    statement: "update app.orders set status = 'lost' where customer_id = $1 and id = $2",
  },
  ...onOrder('order_expires_after_creation', 'expires_at = created_at', "expires_at = created_at - interval '1 s'"),
  ...onOrder('customer_name_is_at_most_200_characters', "customer_name = repeat('é', 201)"),
  ...onOrder('customer_phone_is_at_most_20_characters', "customer_phone = repeat('9', 21)"),
  ...['pickup', 'drop'].flatMap((place) => [
    ...onOrder(
      `${place}_is_on_earth`,
      ...['90.000001', '-91', "'NaN'", "'Infinity'"].map((degrees) => `${place}_latitude = ${degrees}`),
      ...['180.000001', '-181', "'NaN'", "'-Infinity'"].map((degrees) => `${place}_longitude = ${degrees}`),
    ),
    ...text(`${place}_address`, `${place}_address`, 500),
    ...text(`${place}_city`, `${place}_city`, 100),
    ...text(`${place}_state`, `${place}_state`, 100),
  ]),
  ...onOrder(
    'stops_are_at_most_5_places',
    ...[
      "stops = 'null'",
      "stops = '{}'",
      "stops = '1'",
      `stops = '"x"'`,
      "stops = '[1]'",
      "stops = '[{}]'",
      "stops = '[[]]'",
    ],
    `stops = (select jsonb_agg(jsonb '{"latitude": 1, "longitude": 1, "address": "a"}') from generate_series(1, 6))`,
    ...stops(
      '{"latitude": 91, "longitude": 1, "address": "a"}',
      '{"latitude": -91, "longitude": 1, "address": "a"}',
      '{"latitude": 1, "longitude": 181, "address": "a"}',
      '{"latitude": 1, "longitude": -181, "address": "a"}',
      '{"longitude": 1, "address": "a"}',
      '{"latitude": 1, "address": "a"}',
      '{"latitude": 1, "longitude": 1}',
      '{"latitude": "1", "longitude": 1, "address": "a"}',
      '{"latitude": 1, "longitude": 1, "address": ""}',
      '{"latitude": 1, "longitude": 1, "address": null}',
      '{"latitude": 1, "longitude": 1, "address": 5}',
      `{"latitude": 1, "longitude": 1, "address": "${'é'.repeat(501)}"}`,
      'null',
    ),
  ),
  ...onOrder('distance_is_1_to_5000_km', 'distance_km = 0', 'distance_km = 5001'),
  ...text('goods_type', 'goods_type', 100),
  ...onOrder('cargo_weighs_at_most_1000000_kg', 'cargo_weight_kg = -1', 'cargo_weight_kg = 1000001'),
  ...onOrder(
    'order_is_scheduled_at_most_a_year_ahead',
    "scheduled_at = created_at + interval '8784 hours 1 ms'",
    "scheduled_at = 'infinity'",
  ),
  ...onOrder('order_asks_for_1_to_600_trucks', 'trucks_requested = 601'),
  ...onOrder('trucks_total_never_exceeds_requested', 'trucks_total = 0', 'trucks_total = 3'),
  ...onOrder('trucks_filled_fits_status', 'trucks_filled = 1', 'trucks_filled = -1'),
  ...(
    [
      ['partially_filled', 0],
      ['partially_filled', 2],
      ['fully_filled', 1],
      ['in_progress', 1],
      ['in_progress', 3],
    ] as const
  ).map(([status, filled]) => ({
    breaks: 'trucks_filled_fits_status',
    code: CHECK,
    given: { status },
    statement: `update app.orders set trucks_filled = ${filled} where customer_id = $1 and id = $2`,
  })),
  ...onOrder('total_amount_is_not_negative', 'total_amount = -1'),
  {
    breaks: 'cancel_reason_is_at_most_500_characters',
    code: CHECK,
    given: { status: 'cancelled' },
    before: 'alter table app.orders disable trigger closed_order_never_changes',
    statement: "update app.orders set cancel_reason = repeat('é', 501) where customer_id = $1 and id = $2",
  },
  ...onOrder('only_a_cancelled_order_has_a_cancel_reason', "cancel_reason = 'x'"),
  ...onOrder('idempotency_key_is_1_to_255_characters', "idempotency_key = ''", "idempotency_key = repeat('é', 256)"),
  ...onOrder('content_hash_is_a_sha256', "content_hash = ''", "content_hash = sha512('')"),
  ...onOrder(overAndByWhom, "erased_by = 'x'", "erased_at = now(), erased_by = 'clock'").map((each) => ({
    ...each,
    before: pastTheGuard,
  })),
  {
    breaks: overAndByWhom,
    code: CHECK,
    given: { status: 'cancelled' },
    before: pastTheGuard,
    statement: 'update app.orders set erased_at = now() where customer_id = $1 and id = $2',
  },

  {
    breaks: 'order_transitions_are_listed_once',
    code: UNIQUE,
    statement: "insert into app.order_transitions values ('active', 'cancelled')",
  },

  {
    breaks: 'truck_requests_are_numbered_within_their_order',
    code: UNIQUE,
    statement: `insert into app.truck_requests (${truckColumns})
      select ${truckColumns} from app.truck_requests where customer_id = $1 and order_id = $2 limit 1`,
  },
  {
    breaks: 'truck_request_belongs_to_an_order',
    code: FOREIGN_KEY,
    statement: `insert into app.truck_requests (${truckColumns}) values ($1, '${newId()}', 1, 'open', '17 Feet', 1, now(), now())`,
  },
  {
    breaks: 'truck_request_belongs_to_an_order',
    code: FOREIGN_KEY,
    statement: `update app.truck_requests set customer_id = '${newId()}' where customer_id = $1 and order_id = $2 and request_number = 1`,
  },
  ...onTruck('request_number_is_1_to_600', 'request_number = 0', 'request_number = 601'),
  ...['type', 'subtype'].flatMap((kind) =>
    onTruck(`vehicle_${kind}_is_1_to_100_characters`, `vehicle_${kind} = ''`, `vehicle_${kind} = repeat('é', 101)`),
  ),
  ...onTruck('price_per_truck_is_0_to_1000000_rupees', 'price_per_truck = -1', 'price_per_truck = 1000001'),
  ...onTruck('truck_request_status_is_known', "status = 'lost'", "status = ''").map((each) => ({
    ...each,
    before: 'alter table app.truck_requests disable trigger truck_request_move_is_legal',
  })),

  secondTrip('trips_are_keyed_by_order', UNIQUE, { id: 'id' }),
  secondTrip('one_trip_per_truck_request', UNIQUE, { request_number: '1' }),
  secondTrip('one_live_trip_per_vehicle', UNIQUE, { vehicle_number: 'vehicle_number' }),
  secondTrip('one_live_trip_per_driver', UNIQUE, { driver_phone: 'driver_phone' }),
  secondTrip('trip_belongs_to_a_truck_request', FOREIGN_KEY, { request_number: '3' }),
  ...onTrip(
    'trip_belongs_to_a_truck_request',
    ...['request_number = 3', `order_id = '${newId()}'`, `customer_id = '${newId()}'`],
  ).map((each) => ({ ...each, code: FOREIGN_KEY })),
  ...onTrip(
    'vehicle_number_is_1_to_20_characters_upper_case_without_spaces',
    ...["''", "'mh12'", "'MH 12'", "e'MH12\\t'", "' MH12'", "repeat('M', 21)"].map(
      (number) => `vehicle_number = ${number}`,
    ),
  ),
  ...onTrip('driver_name_is_1_to_200_characters', "driver_name = ''", "driver_name = repeat('é', 201)"),
  ...onTrip(
    'driver_phone_has_10_digits',
    ...['', '987654321', '98765432101', '98765 4321', '+919876543', '987654321x', '٩٨٧٦٥٤٣٢١٠', '9876543210\n'].map(
      (phone) => `driver_phone = e'${phone}'`,
    ),
  ),
  ...onTrip('trip_status_is_known', "status = 'lost', ended_at = now()", "status = '', ended_at = now()"),
  ...onTrip(
    'trip_times_fit_status',
    ...['started_at = now()', 'ended_at = now()', "status = 'in_transit'"],
    "status = 'in_transit', started_at = now(), ended_at = now()",
    ...['withdrawn', 'cancelled'].flatMap((status) => [
      `status = '${status}'`,
      `status = '${status}', started_at = now(), ended_at = now()`,
    ]),
  ),
  ...onTrip(
    'trip_times_fit_status',
    "status = 'completed'",
    "status = 'completed', started_at = null, ended_at = now()",
  ).map((each) => ({ ...each, before: `${aTrip}; update app.trips set status = 'in_transit', started_at = now()` })),
  ...onTrip('trip_end_reason_is_at_most_500_characters', "end_reason = repeat('é', 501)"),

  {
    breaks: 'one_dispute_per_order',
    code: UNIQUE,
    before: aDispute,
    statement: `insert into app.disputes (customer_id, order_id, reason_code, notes)
      select customer_id, order_id, reason_code, notes from app.disputes where customer_id = $1 and order_id = $2`,
  },
  {
    breaks: 'dispute_belongs_to_an_order',
    code: FOREIGN_KEY,
    statement: `insert into app.disputes (customer_id, order_id, reason_code, notes) values ($1, '${newId()}', 'x', '')`,
  },
  ...onDispute('dispute_belongs_to_an_order', `customer_id = '${newId()}'`).map((each) => ({
    ...each,
    code: FOREIGN_KEY,
  })),
  ...onDispute('dispute_reason_code_is_1_to_100_characters', "reason_code = ''", "reason_code = repeat('é', 101)"),
  ...onDispute('dispute_notes_are_at_most_2000_characters', "notes = repeat('é', 2001)"),

  {
    breaks: 'order_events_are_keyed_by_order',
    code: UNIQUE,
    statement: `insert into app.order_events overriding system value
      select * from app.order_events where customer_id = $1 and order_id = $2 limit 1`,
  },
  {
    breaks: 'order_event_belongs_to_an_order',
    code: FOREIGN_KEY,
    statement: `insert into app.order_events (customer_id, order_id, to_status, actor, occurred_at) values ($1, '${newId()}', 'active', 'x', now())`,
  },

  {
    breaks: 'sql_layers_have_one_row_each',
    code: UNIQUE,
    statement: 'insert into app.sql_layers select * from app.sql_layers',
  },
  { breaks: 'sql_layer_is_12_hex_digits', code: CHECK, statement: "update app.sql_layers set layer = 'newest'" },
  { breaks: 'sweeps_have_one_row_each', code: UNIQUE, statement: 'insert into app.sweeps select * from app.sweeps' },
  {
    breaks: 'sweep_finishes_after_it_starts',
    code: CHECK,
    statement: "update app.sweeps set finished_at = started_at - interval '1 ms'",
  },
  { breaks: 'closed_count_is_not_negative', code: CHECK, statement: 'update app.sweeps set closed_count = -1' },
]

/** Every rule of schema app that Postgres keeps by itself; not-null is a rule of the column and has a test below. */
const { rows: rules } = await owner.query<{ name: string; table: string; isConstraint: boolean }>(
  `select c.conname as name, c.conrelid::regclass::text as table, true as "isConstraint"
   from pg_constraint c join pg_class t on t.oid = c.conrelid
   where t.relnamespace = 'app'::regnamespace and c.contype in ('c', 'f', 'p', 'u', 'x')
   union all
   select x.relname, i.indrelid::regclass::text, false
   from pg_index i join pg_class x on x.oid = i.indexrelid
   where x.relnamespace = 'app'::regnamespace and i.indisunique
     and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
   order by 2, 1`,
)

/** Runs a test in a transaction of this file's database that is rolled back at the end. */
async function inTransaction(test: (db: pg.Client) => Promise<void>): Promise<void> {
  const db = new pg.Client({ connectionString: urlOf('owner', database) })
  await db.connect()
  await db.query('begin')
  try {
    await test(db)
  } finally {
    await db.query('rollback')
    await db.end()
  }
}

describe('every rule of schema app', () => {
  it('has a case here, and every case a rule', () => {
    const known = new Set(cases.map(({ breaks }) => breaks))
    const existing = new Set(rules.map(({ name }) => name))
    expect({
      'rules without a case': [...existing].filter((name) => !known.has(name)),
      'cases without a rule': [...known].filter((name) => !existing.has(name)),
    }).toEqual({ 'rules without a case': [], 'cases without a rule': [] })
  })

  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s refuses what breaks it, and it alone does',
    (name, { table, isConstraint }) =>
      inTransaction(async (db) => {
        const attempts = cases.filter(({ breaks }) => breaks === name)
        expect(attempts, 'cases').not.toEqual([])
        for (const { code, statement, given, before = '' } of attempts) {
          await db.query('savepoint fresh')
          const order = await make.order(db, given)
          await db.query(`select api.expire_due_orders(1); ${before}`)
          const values = valuesFor(statement, order)
          expect(await refusalOf(db, statement, values), statement).toMatchObject({ code, constraint: name })
          await db.query(
            isConstraint ? `alter table ${table} drop constraint ${name} cascade` : `drop index app.${name}`,
          )
          await expect(db.query(statement, values), `with ${name} gone: ${statement}`).resolves.toMatchObject({
            rowCount: 1,
          })
          await db.query('rollback to savepoint fresh')
        }
      }),
  )
})

/** As many of the order's keys as the statement mentions. */
function valuesFor(statement: string, { customer, id }: Order): string[] {
  return [customer, id].slice(0, ['$1', '$2'].filter((parameter) => statement.includes(parameter)).length)
}

describe('a column that must have a value', () => {
  it('refuses null in an insert and in an update, in every table of schema app', () =>
    inTransaction(async (db) => {
      await make.order(db)
      await db.query(`select api.expire_due_orders(); ${aTrip}; ${aDispute}; ${pastTheGuard}`)
      const { rows: columns } = await db.query<{ table: string; column: string; type: string; rest: string[] }>(
        `select a.attrelid::regclass::text as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
           array(select o.attname::text from pg_attribute o where o.attrelid = a.attrelid and o.attnum > 0 and not o.attisdropped
             and o.attgenerated = '' and o.attidentity = '' and o.attname <> a.attname) as rest
         from pg_attribute a join pg_class c on c.oid = a.attrelid
         where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
           and a.attnotnull and a.attgenerated = '' and a.attidentity = ''
         order by 1, a.attnum`,
      )
      expect([...new Set(columns.map(({ table }) => table))]).toEqual(
        [
          ...[
            'disputes',
            'order_events',
            'order_transitions',
            'orders',
            'settings',
            'sql_layers',
            'sweeps',
            'trips',
            'truck_requests',
          ],
        ].map((table) => `app.${table}`),
      )
      for (const { table, column, type, rest } of columns) {
        const insert = `insert into ${table} (${[column, ...rest]}) select ${[`null::${type}`, ...rest]} from ${table} limit 1`
        expect(await refusalOf(db, insert), `${table}.${column}`).toMatchObject({ code: '23502', column })
        // Guards speak first: no event is ever updated, and no legal move leads to null.
        if (table === 'app.order_events' || `${table}.${column}` === 'app.orders.status') continue
        expect(await refusalOf(db, `update ${table} set ${column} = null`), `${table}.${column}`).toMatchObject({
          code: '23502',
          column,
        })
      }
    }))

  it('is every column but those that may be unknown', async () => {
    const { nullable } = await one<{ nullable: string[] }>(
      owner,
      `select array_agg(c.relname || '.' || a.attname order by c.relname, a.attnum) as nullable
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and not a.attnotnull`,
    )
    expect(nullable).toEqual([
      ...['from_status', 'reason', 'trucks_filled', 'trucks_total', 'trip_id', 'trip_status'].map(
        (column) => `order_events.${column}`,
      ),
      ...['pickup_city', 'pickup_state', 'drop_city', 'drop_state', 'cargo_weight_kg', 'scheduled_at'].map(
        (c) => `orders.${c}`,
      ),
      ...['cancel_reason', 'idempotency_key', 'erased_at', 'erased_by'].map((column) => `orders.${column}`),
      ...['started_at', 'ended_at', 'end_reason'].map((column) => `trips.${column}`),
    ])
  })
})
