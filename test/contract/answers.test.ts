import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { strangersWithinLimit } from '../../src/http/strangers.ts'
import { admission } from '../../src/live/admission.ts'
import { startOrderFeed } from '../../src/live/order-feed.ts'
import { createApp } from '../../src/rest/app.ts'
import { tokenReader } from '../../src/token.ts'
import { copyDatabase } from '../support/database.ts'
import { dueAt, make, newId, newTruck } from '../support/make.ts'
import { testMetrics, testVersion } from '../support/running.ts'
import {
  type Answer,
  asCustomer,
  asTransporter,
  type Customer,
  example,
  oneTruck,
  request,
  startService,
} from '../support/service.ts'

type Schema = Record<string, unknown>
type Endpoint = {
  method: string
  path: string
  request: { jsonSchema: Schema | null }
  response: { jsonSchema: Schema }
}
type Parameter = { in: string; name: string; required?: boolean; schema?: Schema }
type Content = Record<string, { schema?: Schema }>
type Operation = {
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Content }
  responses: Record<string, { description?: string; content?: Content }>
  security?: Record<string, string[]>[]
}
type OpenApi = {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, Schema> }
}

const contract = JSON.parse(readFileSync(join(import.meta.dirname, 'customer-app.json'), 'utf8')) as Endpoint[]
const db = await copyDatabase()
const service = await startService(db)
const openApiText = (await request(service.url, 'GET', '/openapi.json')).text
const openApi = JSON.parse(openApiText) as OpenApi

// The two documents hold formats and keywords of their own that say nothing about validity.
const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false })
ajv.addSchema(openApi, 'openapi')
const compiled = new Map<unknown, ValidateFunction>()

/** What is wrong with a value by a schema; nothing when it holds. */
function faults(schema: Schema, value: unknown): string[] {
  const key = schema.$ref ?? schema
  const validate = compiled.get(key) ?? ajv.compile(schema)
  compiled.set(key, validate)
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

/** A schema inside /openapi.json, whose references start at the document. */
const inOpenApi = (...steps: string[]): Schema => ({
  $ref: `openapi#/${steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
})

const checked = new Set<string>()

/** Holds an answer against the app's contract, the service's own document, and what the phone's JSON reader needs. */
function expectAnswer(answer: Answer, method: string, path: string, status = 200): void {
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status)
  const endpoint = contract.find((one) => one.method === method && one.path === path)
  if (endpoint && status < 300) {
    expect(faults(endpoint.response.jsonSchema, answer.body), `${method} ${path}: ${answer.text}`).toEqual([])
    checked.add(`${method} ${path}`)
  }
  const documented = inOpenApi(
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    `${status}`,
    'content',
    'application/json',
    'schema',
  )
  expect(faults(documented, answer.body), `${method} ${path} in /openapi.json`).toEqual([])
  expect(unreadable(answer.text), answer.text).toEqual([])
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Nulls, numbers that are written with a point or do not fit 32 bits, and times that are written otherwise. */
function unreadable(text: string): string[] {
  const found: string[] = []
  JSON.parse(text, (key: string, value: unknown, context?: { source: string }) => {
    if (value === null) found.push(`${key} is null`)
    if (typeof value === 'number' && !['latitude', 'longitude'].includes(key)) {
      if (!/^-?\d+$/.test(context?.source ?? '')) found.push(`${key} is ${context?.source}`)
      if (key !== 'serverTimeMs' && Math.abs(value) > 2_147_483_647) found.push(`${key} is ${value}`)
    }
    if (typeof value === 'string' && (/^\d{4}-\d\d/.test(value) || /At$/.test(key)) && !TIME.test(value))
      found.push(`${key} is ${value}`)
    return value
  })
  return found
}

const bases = ['/api/v1/orders', '/api/v1/bookings/orders']
/** The app's other screens on an order. */
const screens = [
  'GET /api/v1/bookings',
  'GET /api/v1/bookings/{bookingId}',
  'GET /api/v1/bookings/{bookingId}/trucks',
  'GET /api/v1/tracking/booking/{bookingId}',
  'PATCH /api/v1/bookings/{bookingId}/cancel',
]

async function expectReads(customer: Customer, id: string): Promise<void> {
  const active = '/api/v1/orders/check-active'
  expectAnswer(await customer.send('GET', active), 'GET', active)
  for (const base of bases) {
    expectAnswer(await customer.send('GET', base), 'GET', base)
    for (const [suffix, path] of ['', '/status', '/cancel-preview'].map((s) => [s, `${base}/{orderId}${s}`] as const))
      expectAnswer(await customer.send('GET', `${base}/${id}${suffix}`), 'GET', path)
  }
  for (const path of screens.filter((screen) => screen.startsWith('GET')).map((screen) => screen.slice(4)))
    expectAnswer(await customer.send('GET', path.replace('{bookingId}', id)), 'GET', path)
}

describe('the answers that the app reads', () => {
  const fullBody = JSON.stringify({
    ...JSON.parse(example('create-three-stops')),
    pickup: { latitude: 0, longitude: 0.0, address: '4 Ring Road', city: 'Pune', state: 'Maharashtra' },
    cargoWeightKg: 12,
    scheduledAt: new Date(Date.now() + 86_400_000).toISOString(),
  })

  describe.each(bases)('of POST %s', (path) => {
    it.each([
      ['one truck', oneTruck],
      ['six trucks of three types', example('create-six-trucks-three-types')],
      ['every field that may be given', fullBody],
    ])('are right for a new order of %s, and for its replay', async (_, body) => {
      const customer = await asCustomer(service.url)
      const headers = { 'x-idempotency-key': newId() }
      expectAnswer(await customer.send('POST', path, body, headers), 'POST', path, 201)
      expectAnswer(await customer.send('POST', path, body, headers), 'POST', path, 200)
    })

    it('are right for a replay of an order that is over, and for a refusal', async () => {
      const customer = await asCustomer(service.url)
      const create = (key: string) => customer.send('POST', path, fullBody, { 'x-idempotency-key': key })
      const first = (await create('a')).body.data.order.id
      expectAnswer(await create('b'), 'POST', path, 409)
      await customer.cancel(first, 'changed my mind')
      expectAnswer(await create('a'), 'POST', path, 200)
      const second = (await create('c')).body.data.order.id
      await dueAt(db.owner, customer.id, second, '-1 s')
      expectAnswer(await create('c'), 'POST', path, 200)
      expectAnswer(await customer.send('POST', path, '{}'), 'POST', path, 400)
    })
  })

  it.each([
    ['active', {}],
    ['due', { dueIn: '-1 s' }],
    ['partly filled', { status: 'partially_filled', trucks: 3 }],
    ['partly filled and due', { status: 'partially_filled', trucks: 3, dueIn: '-1 s' }],
    ['filled', { status: 'fully_filled' }],
    ['in progress', { status: 'in_progress' }],
    ['completed', { status: 'completed' }],
    ['cancelled', { status: 'cancelled' }],
    ['expired', { status: 'expired' }],
  ] as const)('are right for an order that is %s, and for its cancel', async (_, options) => {
    const [order, ...twins] = await Promise.all([1, 2, 3, 4, 5].map(() => make.order(db.owner, options)))
    if (!order) throw new Error('no order')
    await expectReads(await asCustomer(service.url, order.customer), order.id)
    const isRefused = 'status' in options && ['in_progress', 'completed'].includes(options.status)
    for (const [base, method, { customer, id }] of [
      [bases[0], 'POST', order],
      [bases[1], 'POST', twins[0]],
      [bases[0], 'DELETE', twins[1]],
      [bases[1], 'DELETE', twins[2]],
      ['/api/v1/bookings', 'PATCH', twins[3]],
    ] as [string, string, typeof order][]) {
      const asking = await asCustomer(service.url, customer)
      const body = method === 'POST' ? { reason: 'Taking too long' } : undefined
      const cancel = () => asking.send(method, `${base}/${id}/cancel`, body)
      const path = `${base}/{${method === 'PATCH' ? 'bookingId' : 'orderId'}}/cancel`
      expectAnswer(await cancel(), method, path, isRefused ? 409 : 200)
      expectAnswer(await cancel(), method, path, isRefused ? 409 : 200)
      await expectReads(asking, id)
    }
  })

  it('are right for an order with every field that may be given', async () => {
    const customer = await asCustomer(service.url)
    const { id, weight, scheduledAt } = (await customer.create(fullBody)).body.data.order
    expect(weight).toBe('12 kg')
    expect(scheduledAt).toMatch(TIME)
    await expectReads(customer, id)
  })

  it('are right for a customer without orders', async () => {
    const customer = await asCustomer(service.url)
    for (const path of ['/api/v1/orders/check-active', ...bases])
      expectAnswer(await customer.send('GET', path), 'GET', path)
  })

  it.each<[string, ('start' | 'complete' | 'withdraw')[]]>([
    ['assigned', []],
    ['in transit', ['start']],
    ['completed', ['start', 'complete']],
    ['withdrawn', ['withdraw']],
  ])(
    'are right for an order of two trucks of which one is %s, for a dispute about it, and for its cancel',
    async (_, moves) => {
      const order = await make.order(db.owner, { trucks: 2 })
      const customer = await asCustomer(service.url, order.customer)
      const transporter = await asTransporter(service.url)
      const { id } = await make.trip(db.owner, { order, number: 2, transporter: transporter.id })
      await make.trip(db.owner, { order, number: 1 })
      for (const move of moves) expect((await transporter[move](id)).status).toBe(200)
      await expectReads(customer, order.id)
      for (const base of bases) {
        const path = `${base}/{orderId}/cancel/dispute`
        const dispute = (body?: object) => customer.send('POST', path.replace('{orderId}', order.id), body)
        expectAnswer(await dispute(appsDispute), 'POST', path)
        expectAnswer(await dispute(), 'POST', path)
        expectAnswer(await dispute({ notes: 'x'.repeat(501) }), 'POST', path, 400)
      }
      const retry = await customer.cancel(order.id, 'retry_after_timeout')
      expectAnswer(retry, 'POST', '/api/v1/orders/{orderId}/cancel', 409)
      const cancel = await customer.send('PATCH', `/api/v1/bookings/${order.id}/cancel`)
      expectAnswer(cancel, 'PATCH', '/api/v1/bookings/{bookingId}/cancel', moves.includes('start') ? 409 : 200)
      await expectReads(customer, order.id)
    },
  )

  it('were held against the contract for every order route that it has and the service serves', () => {
    const serves = contract.filter(({ method, path }) => openApi.paths[path]?.[method.toLowerCase()])
    expect(serves.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...checked].sort())
    const isOrders = ({ method, path }: Endpoint) =>
      /^\/api\/v1\/(bookings\/)?orders/.test(path) || screens.includes(`${method} ${path}`)
    const orderRoutes = contract.filter(isOrders)
    expect(orderRoutes.filter((route) => !serves.includes(route))).toEqual([])
    expect(orderRoutes).toHaveLength(18)
  })
})

describe('the answers that transporters read', () => {
  const root = '/api/v1'

  it('are right by /openapi.json for a trip from its offer to its end, and for each refusal', async () => {
    const [transporter, other] = [await asTransporter(service.url), await asTransporter(service.url)]
    const customer = await asCustomer(service.url)
    const stops = JSON.parse(example('create-three-stops'))
    const { vehicleRequirements } = JSON.parse(example('create-six-trucks-three-types'))
    const { order } = (await customer.create({ ...stops, vehicleRequirements, cargoWeightKg: 12 })).body.data
    const [request, truck] = [`${order.id}.1`, newTruck()]
    const expectLists = async () => {
      for (const path of ['/orders/active', '/trips']) {
        expectAnswer(await transporter.get(path), 'GET', root + path)
        expectAnswer(await transporter.get(`${path}?page=0`), 'GET', root + path, 400)
        expectAnswer(await customer.get(path), 'GET', root + path, 403)
      }
    }
    await expectLists()
    const accept = (answer: Answer, status: number) => expectAnswer(answer, 'POST', `${root}/orders/accept`, status)
    const accepted = await transporter.accept(request, truck)
    accept(accepted, 200)
    accept(await transporter.accept(request, truck), 200)
    accept(await other.accept(request), 409)
    accept(await other.accept(`${newId()}.1`), 404)
    accept(await other.accept(request, { ...truck, phone: '1' }), 400)
    await expectLists()
    const { tripId } = accepted.body.data.trip
    const move = async (name: 'start' | 'complete' | 'withdraw', status: number, by = transporter) =>
      expectAnswer(await by[name](tripId), 'POST', `${root}/trips/{tripId}/${name}`, status)
    await move('start', 409)
    await dueAt(db.owner, customer.id, order.id, '-1 ms')
    await move('complete', 409)
    await move('start', 404, other)
    await move('start', 200)
    await move('withdraw', 409)
    await expectLists()
    await move('complete', 200)
    await expectLists()
  })

  it('are right by /openapi.json for a trip that is withdrawn', async () => {
    const transporter = await asTransporter(service.url)
    const { id } = await make.trip(db.owner, { transporter: transporter.id })
    const path = `${root}/trips/{tripId}/withdraw`
    expectAnswer(await transporter.withdraw(id, 'x'.repeat(501)), 'POST', path, 400)
    expectAnswer(await transporter.withdraw(id, 'The truck broke down'), 'POST', path)
    expectAnswer(await transporter.get('/trips'), 'GET', `${root}/trips`)
  })
})

/** As the tracking screen sends it. */
const appsDispute = {
  reasonCode: 'customer_request',
  notes: 'Customer requested cancellation from the tracking screen',
}

describe('the bodies that the app sends', () => {
  const names = [
    ...['create-one-stop', 'create-one-truck', 'create-queued-replay-of-one-truck', 'create-short-local-trip'],
    ...['create-six-trucks-three-types', 'create-stop-typed-by-hand', 'create-three-stops', 'create-twenty-trucks'],
  ]

  it.each(names)('hold by the contract and by /openapi.json: %s', (name) => {
    const body = JSON.parse(example(name))
    for (const path of bases) {
      const schema = contract.find((one) => one.method === 'POST' && one.path === path)?.request.jsonSchema ?? {}
      expect(faults(schema, body)).toEqual([])
      expect(
        faults(inOpenApi('paths', path, 'post', 'requestBody', 'content', 'application/json', 'schema'), body),
      ).toEqual([])
    }
  })

  it('hold by the contract and by /openapi.json: a dispute', () => {
    for (const path of bases.map((base) => `${base}/{orderId}/cancel/dispute`)) {
      const schema = contract.find((one) => one.method === 'POST' && one.path === path)?.request.jsonSchema
      if (path.includes('bookings')) expect(faults(schema ?? {}, appsDispute)).toEqual([])
      const documented = inOpenApi('paths', path, 'post', 'requestBody', 'content', 'application/json', 'schema')
      expect(faults(documented, appsDispute)).toEqual([])
    }
  })

  it('would not hold with a field missing', () => {
    const { pickup: _, ...body } = JSON.parse(oneTruck)
    const schema = contract.find((one) => one.method === 'POST' && one.path === bases[0])?.request.jsonSchema ?? {}
    expect(faults(schema, body)).not.toEqual([])
  })
})

describe('GET /openapi.json', () => {
  const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

  it('lists every route of the service, and no other', () => {
    const pool = makePool(db.restUrl, 1, () => {})
    afterAll(() => feed.stop().then(() => pool.end()))
    const log = pino({ enabled: false })
    const call = makeCall(pool)
    const health = { call, version: testVersion, isStopping: () => false, log }
    const feed = startOrderFeed(call, log)
    const app = createApp({
      call,
      readToken: tokenReader([newId()]),
      countStranger: strangersWithinLimit(0),
      metrics: testMetrics(),
      log,
      feed,
      admission: admission(),
      health,
    })
    const served = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(served.length).toBeGreaterThanOrEqual(28)
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...new Set(served)].sort())
  })

  it('is OpenAPI 3.1 with a title and a version', () => {
    expect(openApi.openapi).toMatch(/^3\.1\.\d+$/)
    expect(openApi.info.title).toBeTruthy()
    expect(openApi.info.version).toBeTruthy()
    expect(Object.keys(openApi.paths).filter((path) => !path.startsWith('/'))).toEqual([])
  })

  it('declares each parameter of a path, as required', () => {
    const undeclared = operations.flatMap(({ method, path, operation }) =>
      [...path.matchAll(/\{(\w+)\}/g)]
        .filter(
          ([, name]) =>
            !operation.parameters?.some((p) => p.in === 'path' && p.name === name && p.required && p.schema),
        )
        .map(([, name]) => `${method} ${path}: ${name}`),
    )
    const invented = operations.flatMap(({ method, path, operation }) =>
      (operation.parameters ?? [])
        .filter((p) => p.in === 'path' && !path.includes(`{${p.name}}`))
        .map((p) => `${method} ${path}: ${p.name}`),
    )
    expect([...undeclared, ...invented]).toEqual([])
  })

  it('describes every answer, the refusals too, and says that a token is needed', () => {
    for (const { method, path, operation } of operations) {
      const statuses = Object.keys(operation.responses)
      expect(statuses, `${method} ${path}`).toEqual(expect.arrayContaining(['401', '403']))
      expect(statuses.some((status) => /^2\d\d$/.test(status))).toBe(true)
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[1-5]\d\d$/)
        expect(description, `${method} ${path} ${status}`).toBeTruthy()
        const isStream = path.endsWith('/events') && status === '200'
        const types = status === '204' ? [] : [isStream ? 'text/event-stream' : 'application/json']
        expect(Object.keys(content ?? {}), `${method} ${path} ${status}`).toEqual(types)
        for (const type of types) expect(content?.[type]?.schema, `${method} ${path} ${status}`).toBeTruthy()
      }
      const schemes = (operation.security ?? []).flatMap((one) => Object.keys(one))
      expect(schemes.length).toBeGreaterThan(0)
      expect(schemes.filter((scheme) => !(scheme in openApi.components.securitySchemes))).toEqual([])
    }
  })

  it('holds schemas of JSON Schema 2020-12 only, with no reference into nothing', () => {
    const strict = new Ajv2020({ validateFormats: false })
    strict.addVocabulary(['example', 'discriminator', 'xml', 'externalDocs'])
    for (const [name, schema] of Object.entries(openApi.components.schemas))
      strict.addSchema(schema, `#/components/schemas/${name}`)
    const schemas = operations.flatMap(({ operation }) => [
      ...Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {})),
      ...Object.values(operation.requestBody?.content ?? {}),
      ...(operation.parameters ?? []),
    ])
    expect(schemas.length).toBeGreaterThan(50)
    for (const { schema } of schemas) expect(() => strict.compile(schema ?? {})).not.toThrow()
  })
})
