import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, refusalOf, rolledBack } from '../support/database.ts'
import { newId } from '../support/make.ts'

const meaning = {
  pickup: { latitude: 28.63148, longitude: 77.21666, address: 'Connaught Place' },
  drop: { latitude: 26.90873, longitude: 75.78327, address: 'Civil Lines' },
  stops: [
    { latitude: 0, longitude: 0, address: 'First' },
    { latitude: 0, longitude: 0, address: 'Second' },
  ],
  lines: [
    { vehicle_type: 'open', vehicle_subtype: '17 Feet', quantity: 2, price_per_truck: 3555 },
    { vehicle_type: 'mini', vehicle_subtype: 'Dost', quantity: 1, price_per_truck: 900 },
  ],
}
type Meaning = typeof meaning
const half = { vehicle_type: 'open', vehicle_subtype: '17 Feet', quantity: 1, price_per_truck: 3555 }
const line = (change: object) => ({ lines: [{ ...meaning.lines[0], ...change }, meaning.lines[1]] }) as Partial<Meaning>

const sql = `select id from api.create_order(p_customer_id => $1, p_idempotency_key => $2, p_pickup => $3, p_drop => $4,
  p_stops => $5, p_truck_lines => $6, p_distance_km => 237)`
const values = (customer: string, { pickup, drop, stops, lines }: Meaning, key = 'k') => [
  customer,
  key,
  ...[pickup, drop, stops, lines].map((part) => JSON.stringify(part)),
]
const create = (db: pg.Client, customer: string, order: Meaning, key?: string) =>
  one<{ id: string }>(db, sql, values(customer, order, key))

describe('the same idempotency key', () => {
  it.each<[string, Partial<Meaning>]>([
    ['pickup latitude', { pickup: { ...meaning.pickup, latitude: 28.6315 } }],
    ['pickup longitude', { pickup: { ...meaning.pickup, longitude: 77.2167 } }],
    ['drop latitude', { drop: { ...meaning.drop, latitude: 26.9088 } }],
    ['drop longitude', { drop: { ...meaning.drop, longitude: 75.7833 } }],
    ['order of stops', { stops: meaning.stops.toReversed() }],
    [
      'stop at the same coordinates',
      { stops: [{ latitude: 0, longitude: 0, address: 'Elsewhere' }, ...meaning.stops.slice(1)] },
    ],
    [
      'stop at the same address',
      { stops: [{ latitude: 1, longitude: 0, address: 'First' }, ...meaning.stops.slice(1)] },
    ],
    ['number of stops', { stops: meaning.stops.slice(1) }],
    ['vehicle type', line({ vehicle_type: 'trailer' })],
    ['vehicle subtype', line({ vehicle_subtype: '19 Feet' })],
    ['number of trucks', line({ quantity: 3 })],
    ['price', line({ price_per_truck: 3556 })],
  ])('is refused for another %s', (_, change) =>
    rolledBack(async (db) => {
      const customer = newId()
      await create(db, customer, meaning)
      expect(await refusalOf(db, sql, values(customer, { ...meaning, ...change }))).toMatchObject({
        code: 'OR409',
        constraint: 'idempotency_key_means_one_order',
      })
    })(),
  )

  it.each<[string, Partial<Meaning>]>([
    ['other words for the pickup', { pickup: { ...meaning.pickup, address: 'CP' } }],
    ['the lines the other way round', { lines: meaning.lines.toReversed() }],
    ['one line split in two', { lines: [half, half, ...meaning.lines.slice(1)] }],
    [
      'a stop’s address in capitals',
      { stops: meaning.stops.map((stop) => ({ ...stop, address: ` ${stop.address.toUpperCase()} ` })) },
    ],
  ])('finds the same order with %s', (_, change) =>
    rolledBack(async (db) => {
      const customer = newId()
      const { id } = await create(db, customer, meaning)
      expect(await create(db, customer, { ...meaning, ...change })).toEqual({ id })
    })(),
  )
})

it.each([
  ['a single line', [meaning.lines[0]], [half, half]],
  ['a line split in two', [half, half], [meaning.lines[0]]],
])('finds the same order with %s said otherwise', (_, first, second) =>
  rolledBack(async (db) => {
    const customer = newId()
    const { id } = await create(db, customer, { ...meaning, lines: first } as Meaning)
    expect(await create(db, customer, { ...meaning, lines: second } as Meaning)).toEqual({ id })
  })(),
)

it.each([
  ['vehicle type', { vehicle_type: 'trailer' }],
  ['vehicle subtype', { vehicle_subtype: '19 Feet' }],
  ['number of trucks', { quantity: 2 }],
  ['price', { price_per_truck: 3556 }],
])('the same idempotency key is refused for another %s of a single line', (_, change) =>
  rolledBack(async (db) => {
    const customer = newId()
    await create(db, customer, { ...meaning, lines: [half] })
    expect(await refusalOf(db, sql, values(customer, { ...meaning, lines: [{ ...half, ...change }] }))).toMatchObject({
      constraint: 'idempotency_key_means_one_order',
    })
  })(),
)

it(
  'an order that the release before has placed, with stops and lines that merge, is known by its hash',
  rolledBack(async (db) => {
    const customer = newId()
    const order = {
      ...meaning,
      stops: [{ latitude: 0, longitude: 0, address: ' First' }],
      lines: [half, meaning.lines[1], half],
    } as Meaning
    const { id } = await create(db, customer, order)
    await db.query('alter table app.orders disable trigger personal_facts_only_become_blank')
    await db.query(
      `update app.orders set content_hash = '\\x9219e32952d06cb043117d33ae0f56751618108163be9ac1fdbd54a8954b4229'
       where customer_id = $1`, // as that release wrote it
      [customer],
    )
    expect(await create(db, customer, order)).toEqual({ id })
    const more = { ...order, lines: [...order.lines, half] }
    expect(await refusalOf(db, sql, values(customer, more))).toMatchObject({
      constraint: 'idempotency_key_means_one_order',
    })
  }),
)

it.each([
  ['a single line', [half]],
  ['several lines', meaning.lines],
])('%s may be written as other JSON: a price in quotes, another field, another order of fields', (_, lines) =>
  rolledBack(async (db) => {
    const customer = newId()
    const { id } = await create(db, customer, { ...meaning, lines })
    const otherwise = lines.map((each) => ({
      note: 'by hand',
      price_per_truck: `${each.price_per_truck}`,
      quantity: each.quantity,
      vehicle_subtype: each.vehicle_subtype,
      vehicle_type: each.vehicle_type,
    }))
    expect(await create(db, customer, { ...meaning, lines: otherwise } as unknown as Meaning)).toEqual({ id })
  })(),
)

it(
  'another key makes another order, though it means the same',
  rolledBack(async (db) => {
    const customer = newId()
    const first = await create(db, customer, meaning, 'a')
    await db.query('select api.cancel_order($1, $2)', [customer, first.id])
    const second = await create(db, customer, meaning, 'b')
    expect(second.id).not.toBe(first.id)
    expect((await create(db, customer, meaning, 'a')).id).toBe(first.id)
  }),
)
