import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId, newTruck } from '../support/make.ts'
import { crowd, scaled, tally } from '../support/scale.ts'
import { type Answer, asCustomer, asTransporter, example, oneTruck, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)
await db.owner.query('update app.settings set creates_per_minute = 1000000')

const BODY_LIMIT_BYTES = 64 * 1024
const paths = fc.constantFrom('/api/v1/orders', '/api/v1/bookings/orders')
const runs = (full: number, small: number) => ({ numRuns: scaled({ full, small }) })

/** JSON text, or nearly, that few fields can hold. */
const oddValues = [
  ...['null', 'true', 'false', '[]', '{}', '""', '" "', '"x"', '"12"', '[null]', '{"length":1}', '', '//', "'x'"],
  ...['0', '-0', '-1', '1.5', '1e0', '1e400', '-1e400', '1e-400', '1E+2', '01', '+1', '.5', '0x10', 'NaN', '-Infinity'],
  ...['2147483648', '9007199254740993', '99999999999999999999999', '90.0000000001', '-180.1', '5001', '1000001'],
  ...[
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud83d\\ude00"',
    '"\\x"',
    '"\u{1f69a}"',
    '"\\uffff"',
  ],
  ...['"0000-01-01T00:00:00Z"', '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2026-01-01"', '"infinity"'],
  ...['"2026-01-01T00:00:00+23:59"', '"0001-01-01T00:00:00Z"', '"-infinity"', '"2026-01-01T24:00:00Z"', '"now"'],
]

const HERE = '<here>'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

describe('a body that is right', () => {
  it('makes the order, however it is written', async () => {
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(paths, createBody(), writing(), async (path, body, write) => {
        const text = write(body)
        const answer = await (await asCustomer(service.url)).send('POST', path, text)
        statuses.push(answer.status)
        expectEnvelope(answer)
        expect(answer.status, answer.text).toBe(bytesOf(text) > BODY_LIMIT_BYTES ? 413 : 201)
        if (answer.status === 413) return
        const { order, truckRequests } = answer.body.data
        expect(order.pickup).toMatchObject({ address: body.pickup.address })
        expect(truckRequests).toHaveLength(body.vehicleRequirements.reduce((sum, line) => sum + line.quantity, 0))
      }),
      runs(2_000, 40),
    )
    expect(tally(statuses)[201]).toBeGreaterThan(statuses.length / 2)
  })

  it('cancels the order, and keeps the reason as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(cancelBody(), writing(), async (body, write) => {
        const customer = await asCustomer(service.url)
        const { id } = (await customer.create()).body.data.order
        const answer = await customer.post(`/orders/${id}/cancel`, write(body))
        expect(answer.status, answer.text).toBe(200)
        const reason = body.reason?.replace(/^ +| +$/g, '')
        expect(answer.body.data.reason).toBe(reason === '' ? undefined : (reason ?? undefined))
      }),
      runs(500, 20),
    )
  })
})

describe('a transporter’s body that is right', () => {
  it('promises the truck, however it is written', async () => {
    const transporter = await asTransporter(service.url)
    await fc.assert(
      fc.asyncProperty(acceptBody(), writing(), async (body, write) => {
        const { id } = await make.order(db.owner, { trucks: 1 })
        const answer = await transporter.send('POST', '/orders/accept', write(of(`${id}.1`, body)))
        expect(answer.status, answer.text).toBe(200)
        expect(answer.body.data.trip).toMatchObject({
          vehicleNumber: body.vehicleNumber.replaceAll(' ', '').toUpperCase(),
          driverName: body.driverName,
          driverPhone: body.driverPhone.replaceAll(' ', ''),
        })
      }),
      runs(500, 20),
    )
  })
})

describe('a body with one thing wrong', () => {
  it('promises no truck by accident, and never breaks the service', async () => {
    const transporter = await asTransporter(service.url)
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(mutated(acceptBody()), async (text) => {
        const { id } = await make.order(db.owner, { trucks: 1 })
        const answer = await transporter.send('POST', '/orders/accept', text.replaceAll(REQUEST, `${id}.1`))
        statuses.push(answer.status)
        expectEnvelope(answer)
        expect([200, 400, 404, 409, 413], answer.text).toContain(answer.status)
        expect(
          await one(db.owner, 'select count(*)::integer as trips from app.trips where order_id = $1', [id]),
        ).toEqual({ trips: answer.status === 200 ? 1 : 0 })
      }),
      runs(1_000, 60),
    )
    const counts = tally(statuses)
    console.log('mutated accepts', counts)
    expect(counts[400]).toBeGreaterThan(statuses.length / 4)
    expect(counts[200]).toBeGreaterThan(0)
  })

  it('withdraws no truck by accident, and never breaks the service', async () => {
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(mutated(cancelBody()), async (text) => {
        const { id, transporter } = await make.trip(db.owner)
        const { send } = await asTransporter(service.url, transporter)
        const answer = await send('POST', `/trips/${id}/withdraw`, text)
        statuses.push(answer.status)
        expectEnvelope(answer)
        expect([200, 400, 413], answer.text).toContain(answer.status)
        expect(await one(db.owner, 'select status from app.trips where id = $1', [id])).toEqual({
          status: answer.status === 200 ? 'withdrawn' : 'driver_accepted',
        })
      }),
      runs(500, 20),
    )
    expect(tally(statuses)[400]).toBeGreaterThan(0)
  })

  it('records no dispute by accident, and never breaks the service', async () => {
    const statuses: number[] = []
    const body = fc.record({ reasonCode: maybe(text(100)), notes: maybe(fc.oneof(text(500), fc.constant(''))) })
    await fc.assert(
      fc.asyncProperty(mutated(body), async (sent) => {
        const { customer, id } = await make.order(db.owner)
        const answer = await (await asCustomer(service.url, customer)).post(`/orders/${id}/cancel/dispute`, sent)
        statuses.push(answer.status)
        expectEnvelope(answer)
        expect([200, 400, 413], answer.text).toContain(answer.status)
        expect(
          await one(db.owner, 'select count(*)::integer as disputes from app.disputes where order_id = $1', [id]),
        ).toEqual({ disputes: answer.status === 200 ? 1 : 0 })
      }),
      runs(500, 20),
    )
    expect(tally(statuses)[400]).toBeGreaterThan(0)
  })

  it('is refused or understood, and never breaks the service', async () => {
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(paths, mutated(createBody()), async (path, text) => {
        const answer = await (await asCustomer(service.url)).send('POST', path, text)
        statuses.push(answer.status)
        expectEnvelope(answer)
        expect([201, 400, 413], answer.text).toContain(answer.status)
      }),
      runs(3_000, 80),
    )
    const counts = tally(statuses)
    console.log('mutated creates', counts)
    expect(counts[400]).toBeGreaterThan(statuses.length / 4)
    expect(counts[201]).toBeGreaterThan(0)
  })

  it('is refused or understood for each odd value in each field', async () => {
    const whole = {
      ...JSON.parse(example('create-three-stops')),
      pickup: { latitude: 1, longitude: 1, address: 'a', city: 'b', state: 'c' },
      cargoWeightKg: 1,
      scheduledAt: '2026-01-01T00:00:00Z',
    } as Json
    const places = placesIn(whole).filter(({ key, depth }) => typeof key === 'string' || (key === 0 && depth === 1))
    const fields = scaled({
      full: places,
      small: places.filter(({ key }) => /^(city|distance|schedul)/.test(`${key}`)),
    })
    const texts = fields.flatMap((place) => {
      const value = place.read() ?? null
      place.write(HERE)
      const template = JSON.stringify(whole)
      place.write(value)
      return oddValues.map((odd) => template.replace(JSON.stringify(HERE), () => odd))
    })
    const answers = await crowd(texts, 8, async (text) => (await asCustomer(service.url)).create(text))
    const counts = tally(answers.map(({ status }) => status))
    console.log('odd values', counts)
    for (const [i, answer] of answers.entries()) {
      expectEnvelope(answer)
      expect([201, 400], `${texts[i]} ${answer.text}`).toContain(answer.status)
    }
    expect(counts[400]).toBeGreaterThan(counts[201] ?? 0)
  })

  it('does not cancel by accident, and never breaks the service', async () => {
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(mutated(cancelBody()), fc.constantFrom('POST', 'DELETE'), async (text, method) => {
        const customer = await asCustomer(service.url)
        const { id } = (await customer.create()).body.data.order
        const answer = await customer.send(method, `/api/v1/orders/${id}/cancel`, text)
        statuses.push(answer.status)
        expectEnvelope(answer)
        expect([200, 400, 413], answer.text).toContain(answer.status)
        const { body } = await customer.get(`/orders/${id}/status`)
        expect(body.data.status).toBe(answer.status === 200 ? 'cancelled' : 'active')
      }),
      runs(500, 20),
    )
    expect(tally(statuses)[400]).toBeGreaterThan(0)
  })
})

describe('a body that is no JSON', () => {
  const contentTypes = fc.constantFrom(
    ...['application/json', 'application/json; charset=utf-16', 'text/plain', 'application/x-www-form-urlencoded'],
    ...['multipart/form-data; boundary=x', 'application/octet-stream', 'application/xml', '*/*', ';;;', 'é', ''],
  )
  const refuses = async (path: string, contentType: string, body: string | Uint8Array) => {
    const customer = await asCustomer(service.url)
    const answer = await customer.send('POST', path, body, { 'content-type': contentType })
    expectEnvelope(answer)
    expect([400, 413], answer.text).toContain(answer.status)
    expect(answer.body.error.code).toMatch(/^(VALIDATION_ERROR|PAYLOAD_TOO_LARGE)$/)
  }

  it('is refused when it is random bytes', async () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 70_000, size: 'max' }))
    await fc.assert(fc.asyncProperty(paths, contentTypes, bytes, refuses), runs(1_200, 40))
  })

  it('is refused when it is cut off', async () => {
    const cut = createBody()
      .map((body) => JSON.stringify(body))
      .chain((text) => fc.nat(text.length - 1).map((at) => text.slice(0, at)))
    await fc.assert(fc.asyncProperty(paths, contentTypes, cut, refuses), runs(800, 30))
  })

  it('cancels nothing', async () => {
    const customer = await asCustomer(service.url)
    const { id } = (await customer.create()).body.data.order
    const noObject = fc
      .oneof(fc.uint8Array({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' }), fc.json())
      .filter((body) => !isCancelBody(body))
    const refusesToCancel = (contentType: string, body: string | Uint8Array) =>
      refuses(`/api/v1/orders/${newId()}/cancel`, contentType, body)
    await fc.assert(fc.asyncProperty(contentTypes, noObject, refusesToCancel), runs(500, 20))
    await customer.post(`/orders/${id}/cancel`, '[')
    expect((await customer.get(`/orders/${id}/status`)).body.data.status).toBe('active')
  })
})

describe('headers', () => {
  const latin1 = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f)
  const value = (maxLength: number) =>
    fc.array(latin1, { maxLength, size: 'max' }).map((codes) => String.fromCharCode(...codes))

  it('take any idempotency key up to 255 characters, and find the order again by it', async () => {
    const statuses: number[] = []
    await fc.assert(
      fc.asyncProperty(fc.oneof(value(20), value(300)), async (key) => {
        const customer = await asCustomer(service.url)
        const first = await customer.create(oneTruck, key)
        const again = await customer.create(oneTruck, key)
        statuses.push(first.status)
        const sent = key.replace(/^[\t ]+|[\t ]+$/g, '')
        expect([first.status, again.status]).toEqual(
          sent.length > 255 ? [400, 400] : sent === '' ? [201, 409] : [201, 200],
        )
        expectEnvelope(first)
      }),
      runs(500, 25),
    )
    expect(tally(statuses)[201]).toBeGreaterThan(0)
  })

  it('give a request the id it brought, when that is safe to log, else a new one', async () => {
    const given = fc.oneof(value(120), fc.stringMatching(/^[\w.-]{1,110}$/))
    await fc.assert(
      fc.asyncProperty(given, fc.constantFrom('{', '{}', '[]'), async (requestId, text) => {
        const customer = await asCustomer(service.url)
        const answer = await customer.post('/orders', text, { 'x-request-id': requestId })
        expectEnvelope(answer)
        expect(answer.status).toBe(400)
        const sent = requestId.replace(/^[\t ]+|[\t ]+$/g, '')
        if (/^[\w.-]{1,100}$/.test(sent)) expect(answer.body.requestId).toBe(sent)
        else expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/)
      }),
      runs(500, 25),
    )
  })
})

it('leaves every order whole: as many truck requests as it asks for', async () => {
  const { orders, broken } = await one<{ orders: number; broken: number }>(
    db.owner,
    `select count(*)::integer as orders, count(*) filter (where o.trucks_requested <> (
       select count(*) from app.truck_requests t where (t.customer_id, t.order_id) = (o.customer_id, o.id)))::integer as broken
     from app.orders o`,
  )
  expect(orders).toBeGreaterThan(100)
  expect(broken).toBe(0)
})

/** Every answer is the envelope that the app parses, with the request's id in the header too. */
function expectEnvelope({ status, headers, text, body }: Answer): void {
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(body.success, text).toBe(status < 400)
  if (status < 400) return
  expect(Object.keys(body)).toEqual(['success', 'error', 'requestId'])
  expect(body.error.code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
  expect(body.error.message.length).toBeGreaterThan(0)
  expect(body.requestId).toBe(headers.get('x-request-id'))
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}

function isCancelBody(body: string | Uint8Array): boolean {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
    if (text.trim() === '') return true
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Any character that Postgres can store, short ones mostly. */
function text(max: number): fc.Arbitrary<string> {
  const some = { unit: 'binary', minLength: 1, maxLength: max } as const
  const long = fc
    .integer({ min: max - 1, max })
    .chain((n) => fc.constantFrom('x', 'é', '\u{1f69a}').map((c) => c.repeat(n)))
  return fc
    .oneof({ weight: 8, arbitrary: fc.string(some) }, { weight: 1, arbitrary: long })
    .map((value) => value.replaceAll('\0', '0'))
}

/** A field that may be left out, and may be null. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(arbitrary, fc.constant(null), fc.constant(undefined))
}

/** What the design says a create may hold, written down a second time here and not taken from the app. */
function createBody() {
  const degrees = (limit: number) =>
    fc.oneof(
      fc.double({ min: -limit, max: limit, noNaN: true }),
      fc.integer({ min: -limit, max: limit }),
      fc.constantFrom(0, limit, -limit, 5e-324),
    )
  const place = {
    latitude: degrees(90),
    longitude: degrees(180),
    address: text(500),
    city: maybe(text(100)),
    state: maybe(text(100)),
  }
  const point = fc.record({ type: fc.constantFrom('PICKUP', 'STOP', 'DROP'), ...place })
  const lines = fc.integer({ min: 1, max: 60 }).chain((count) =>
    fc.array(
      fc.record({
        vehicleType: text(100),
        vehicleSubtype: text(100),
        quantity: fc.integer({ min: 1, max: Math.min(100, Math.floor(600 / count)) }),
        pricePerTruck: fc.integer({ min: 0, max: 1_000_000 }),
      }),
      { minLength: count, maxLength: count },
    ),
  )
  const inAYear = new Date(Date.now() + 360 * 86_400_000)
  const times = fc
    .tuple(
      fc.date({ min: new Date('2000-01-02'), max: inAYear, noInvalidDate: true }),
      fc.constantFrom('Z', '+05:30', '-11:00'),
    )
    .map(([date, zone]) => date.toISOString().replace('Z', zone))
  return fc
    .record({
      pickup: fc.record(place),
      drop: fc.record(place),
      distanceKm: fc.integer({ min: 1, max: 5000 }),
      vehicleRequirements: fc.oneof(
        { weight: 4, arbitrary: lines.filter((l) => l.length < 9) },
        { weight: 1, arbitrary: lines },
      ),
      routePoints: maybe(fc.array(point, { maxLength: 5, size: 'max' }).filter((points) => points.length !== 1)),
      goodsType: maybe(text(100)),
      cargoWeightKg: maybe(fc.integer({ min: 0, max: 1_000_000 })),
      scheduledAt: maybe(times),
      appVersion: maybe(fc.jsonValue()),
    })
    .map(({ appVersion, ...body }) => ({ ...body, ...(appVersion === undefined ? {} : { appVersion }) }))
}

function cancelBody() {
  return fc.record({ reason: maybe(fc.oneof(text(500), fc.constantFrom('', ' ', '  late  '))) })
}

/** Stands for the truck request that a body is about: each run has one of its own. */
const REQUEST = '<request>'
const of = (truckRequestId: string, body: object) => ({ ...body, truckRequestId })

/** What an accept may hold: letters, digits and spaces. `newTruck` makes vehicle and driver nobody else's. */
function acceptBody() {
  const spaced = (value: string) =>
    fc
      .array(fc.boolean(), { minLength: 20, maxLength: 20 })
      .map((gaps) => [...value].map((c, i) => (gaps[i] ? ` ${c}` : c)).join(''))
  return fc
    .constant(null)
    .map(newTruck)
    .chain(({ vehicle, phone }) =>
      fc.record({
        truckRequestId: fc.constant(REQUEST),
        vehicleNumber: fc.oneof(spaced(vehicle), spaced(vehicle.toLowerCase())),
        driverName: text(200),
        driverPhone: spaced(phone),
      }),
    )
}

/** The ways in which the same JSON may be written. */
function writing(): fc.Arbitrary<(body: object) => string> {
  const escaped = (body: object) =>
    JSON.stringify(body).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return fc.constantFrom(
    (body: object) => JSON.stringify(body),
    (body: object) => JSON.stringify(body, null, 2),
    (body: object) => `\ufeff${JSON.stringify(body)}\n`,
    (body: object) => JSON.stringify(Object.fromEntries(Object.entries(body).reverse())),
    escaped,
  )
}

/** JSON text, or nearly, that should not be where it is put. */
function rawText(): fc.Arbitrary<string> {
  const nested = (open: string, close: string) =>
    fc.integer({ min: 1, max: 9_000 }).map((depth) => `${open.repeat(depth)}1${close.repeat(depth)}`)
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...oddValues) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.integer().map(String) },
    { weight: 1, arbitrary: fc.double().map(String) },
    { weight: 1, arbitrary: fc.constantFrom(101, 501, 30_000, 70_000).map((n) => JSON.stringify('x'.repeat(n))) },
    { weight: 1, arbitrary: fc.oneof(nested('[', ']'), nested('{"a":', '}')) },
  )
}

/** A right body with one value replaced, taken out, written twice, or joined by a key that is special in JavaScript. */
function mutated(right: fc.Arbitrary<object>): fc.Arbitrary<string> {
  const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', 'toString', 'status', 'customerId', '')
  const change = fc.constantFrom('replace', 'remove', 'twice, wrong first', 'twice, wrong last', 'join')
  return fc.tuple(right, fc.nat(), fc.nat(), change, rawText(), key).map(([body, field, within, how, raw, special]) => {
    const copy = structuredClone(body) as Json
    const place = placeIn(copy, field, within)
    if (place === undefined) return raw
    const value = JSON.stringify(place.read() ?? null)
    const [name, specialName] =
      typeof place.key === 'number' ? ['', ''] : [`${JSON.stringify(place.key)}:`, `${JSON.stringify(special)}:`]
    if (how === 'remove') place.remove()
    else place.write(HERE)
    const written = {
      remove: value,
      replace: raw,
      'twice, wrong first': `${raw},${name}${value}`,
      'twice, wrong last': `${value},${name}${raw}`,
      join: `${value},${specialName}${raw}`,
    }
    return JSON.stringify(copy).replace(JSON.stringify(HERE), () => written[how as keyof typeof written])
  })
}

/** A field of the body, or a member within it: so that each field is met as often, however many members it has. */
function placeIn(body: Json, field: number, within: number): Place | undefined {
  const fields = placesIn(body).filter(({ depth }) => depth === 0)
  const chosen = fields[field % Math.max(1, fields.length)]
  const members = chosen === undefined ? [] : [chosen, ...placesIn(chosen.read() ?? null)]
  return members[within % Math.max(1, members.length)]
}

type Place = {
  key: string | number
  depth: number
  read: () => Json | undefined
  write: (value: Json) => void
  remove: () => void
}

/** Every member of every object and array in a value. */
function placesIn(value: Json, depth = 0): Place[] {
  if (Array.isArray(value))
    return value.flatMap((item, key) => {
      const write = (other: Json) => {
        value[key] = other
      }
      return [
        { key, depth, read: () => value[key], write, remove: () => value.splice(key, 1) },
        ...placesIn(item, depth + 1),
      ]
    })
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, item]) => {
    const write = (other: Json) => {
      value[key] = other
    }
    return [
      { key, depth, read: () => value[key], write, remove: () => delete value[key] },
      ...placesIn(item ?? null, depth + 1),
    ]
  })
}
