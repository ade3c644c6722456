// How much one query may ask, and what it is told when it asks for more. Refused means: before any SQL.
import pg from 'pg'

import { getIntrospectionQuery, getNamedType, isObjectType } from 'postgraphile/graphql'
import { afterAll, describe, expect, it } from 'vitest'
import { asAdmin, schemaOf, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { isFull, range } from '../support/scale.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const admin = await asAdmin(service.url)
const schema = await schemaOf(admin)

await db.owner.query(
  `insert into app.orders (customer_id, created_at, updated_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
     drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
   select gen_random_uuid(), now(), now(), now() + interval '1 hour', 28.6, 77.2, 'Delhi', 26.9, 75.7, 'Jaipur', 237, 1, 1, 1000, sha256('')
   from generate_series(1, 120)`,
)

const many = (n: number, part: (i: number) => string) => range(n).map(part).join(' ')
const aliases = (n: number, field: string) => many(n, (i) => `a${i}: ${field}`)

type Query = [name: string, query: string, variables?: Record<string, unknown>]

async function isAnswered(query: string, variables?: Record<string, unknown>) {
  const { status, data, errors } = await admin.query(query, variables)
  expect([status, errors]).toEqual([200, []])
  return data
}

/** Refused before SQL; `code` is absent where GraphQL's own rules refuse. */
async function isRefused(query: string, sentence: RegExp, variables: object | undefined, code: string | undefined) {
  const before = service.sqlUses()
  const { status, data, errors } = await admin.query(query, { ...variables })
  expect([status, data, errors[0]?.extensions.code]).toEqual([400, undefined, code])
  expect(errors[0]?.message).toMatch(sentence)
  expect(service.sqlUses()).toBe(before)
}
const isTooLarge = (query: string, sentence: RegExp, variables?: object) =>
  isRefused(query, sentence, variables, 'QUERY_TOO_LARGE')
const isNotRead = (query: string, sentence: RegExp) => isRefused(query, sentence, {}, 'BAD_REQUEST')
const isAgainstTheSchema = (query: string, sentence: RegExp) => isRefused(query, sentence, {}, undefined)

describe('a page', () => {
  const page = (first: string) => `{ orders(first: ${first}) { nodes { id } } }`
  const variable = (declared: string) => `query ($n: ${declared}) { orders(first: $n) { nodes { id } } }`

  it.each<[string, number, string, Record<string, unknown>?]>([
    ['of 100', 100, page('100')],
    ['of 100 by a variable', 100, variable('Int'), { n: 100 }],
    ['of 100 by a variable’s default', 100, variable('Int = 100')],
    ['of 1', 1, page('1')],
    ['of no size', 50, '{ orders { nodes { id } } }'],
    ['of a variable that is not given', 50, variable('Int')],
  ])('%s has %i rows', async (_, rows, query, variables) => {
    expect((await isAnswered(query, variables)).orders.nodes).toHaveLength(rows)
  })

  it.each<Query>([
    ['of 101', page('101')],
    ['of the largest integer', page('2147483647')],
    ['of more than an integer', page('99999999999999999999')],
    ['below zero', page('-1')],
    ['of null', page('null')],
    ['of a fraction', page('1.5')],
    ['of a text', page('"5"')],
    ['of 101 by a variable', variable('Int'), { n: 101 }],
    ['of the largest integer by a variable', variable('Int'), { n: 2147483647 }],
    ['below zero by a variable', variable('Int'), { n: -1 }],
    ['of null by a variable', variable('Int'), { n: null }],
    ['of null by a variable with a default', variable('Int = 5'), { n: null }],
    ['of a text by a variable', variable('Int'), { n: '5' }],
    ['of 101 by a variable’s default', variable('Int = 101')],
    ['of null by a variable’s default', variable('Int = null')],
    ['of 101 under another name', '{ a: orders(first: 1) { nodes { id } } b: orders(first: 101) { nodes { id } } }'],
    ['of 101 inside another', '{ orders(first: 1) { nodes { truckRequests(first: 101) { nodes { id } } } } }'],
    ['of 101 in a fragment', '{ ...A } fragment A on Query { orders(first: 101) { nodes { id } } }'],
    ['of 101 in a fragment without a name', '{ ... { ... on Query { orders(first: 101) { nodes { id } } } } }'],
    ['of 101 trucks', '{ truckRequests(first: 101) { nodes { id } } }'],
    ['of 101 events', '{ orderEvents(first: 101) { nodes { id } } }'],
    ['of 101 trips', '{ trips(first: 101) { nodes { id } } }'],
    ['of 101 trips of an order', '{ orders(first: 1) { nodes { trips(first: 101) { nodes { id } } } } }'],
    ['of 101 disputes', '{ disputes(first: 101) { nodes { id } } }'],
    ['of 101 that is skipped', '{ orders(first: 101) @skip(if: true) { nodes { id } } settings { createsPerMinute } }'],
  ])('%s is refused', async (_, query, variables) => {
    await isTooLarge(query, /a page has at most 100 rows/, variables)
  })

  it('of two sizes is refused', async () => {
    await isAgainstTheSchema('{ orders(first: 1, first: 101) { nodes { id } } }', /only one argument named "first"/)
  })

  it.each(['last: 5', 'offset: 5', 'before: "x"'])(
    'cannot be asked for from its end or by a number: %s',
    async (arg) => {
      await isAgainstTheSchema(`{ orders(${arg}) { nodes { id } } }`, /Unknown argument/)
    },
  )
})

describe('the depth', () => {
  const deep = (levels: number): string => {
    const field = [
      'orders(first: 1)',
      'nodes',
      'truckRequests(first: 1)',
      'nodes',
      'order',
      'truckRequests(first: 1)',
      'nodes',
      'order',
    ]
    const path = range(levels - 1).map((i) => field[i < 8 ? i : 4 + (i % 4)] ?? '')
    return `{ ${path.map((name) => `${name} {`).join(' ')} id ${'}'.repeat(levels - 1)} }`
  }

  it('of 8 is answered', async () => {
    await isAnswered(deep(8))
  })

  it.each([9, 50, 500])('of %i is refused', async (levels) => {
    await isTooLarge(deep(levels), /more than 8 levels deep/)
  })

  it('counts what is inside fragments, not the fragments', async () => {
    const inFragments = (last: string) =>
      `{ orders(first: 1) { ...A } } fragment A on OrderConnection { nodes { ... on Order { truckRequests(first: 1) { ...B } } } }
       fragment B on TruckRequestConnection { nodes { ... { order { truckRequests(first: 1) { nodes { ${last} } } } } } }`
    await isAnswered(inFragments('id'))
    await isTooLarge(inFragments('order { id }'), /more than 8 levels deep/)
  })

  it('of fragments inside fragments has an end too', async () => {
    await isTooLarge(`{ ${'... { '.repeat(50)} settings { createsPerMinute } ${'}'.repeat(50)} }`, /levels deep/)
  })
})

describe('the fields', () => {
  const twice = (fragment: string) =>
    `{ orders(first: 1) { nodes { ...A ...B } } } ${['A', 'B'].map((n) => `fragment ${n} on Order { ${fragment} }`).join(' ')}`

  it('may be 200', async () => {
    await isAnswered(`{ orders(first: 1) { nodes { ${aliases(198, 'id')} } } }`)
  })

  it.each<Query>([
    ['201', `{ orders(first: 1) { nodes { ${aliases(199, 'id')} } } }`],
    ['1,000 under other names', `{ orders(first: 1) { nodes { ${aliases(1000, 'id')} } } }`],
    ['1,000 times the same', `{ orders(first: 1) { nodes { ${many(1000, () => 'id')} } } }`],
    ['400 pages', `{ ${aliases(400, 'orders { totalCount }')} }`],
    ['202 in a mutation', `mutation { ${aliases(101, 'expireDueOrders(input: {}) { closedCount }')} }`],
    ['202 in two fragments', twice(many(100, () => 'id'))],
    [
      '233 by one fragment',
      `{ orders(first: 1) { nodes { ${aliases(21, 'truckRequests(first: 1) { nodes { ...A } }')} } } }
       fragment A on TruckRequest { ${aliases(9, 'id')} }`,
    ],
    ['201 that are skipped', `{ orders(first: 1) { nodes { ${aliases(199, 'id @skip(if: true)')} } } }`],
    ['201 without SQL', `{ ${aliases(201, '__typename')} }`],
  ])('may not be %s', async (_, query) => {
    await isTooLarge(query, /more than 200 fields/)
  })

  it('on the first level may be 10, each of which is a statement of its own', async () => {
    await isAnswered(`{ ${aliases(10, 'settings { createsPerMinute }')} }`)
    await isAnswered(
      `{ ${aliases(8, 'settings { createsPerMinute }')} ...A } fragment A on Query { __typename ...B } fragment B on Query { sweeps { name } }`,
    )
    await isAnswered(`mutation { ${aliases(10, 'expireDueOrders(input: {}) { closedCount }')} }`)
  })

  it.each<Query>([
    ['11', `{ ${aliases(11, 'settings { createsPerMinute }')} }`],
    ['11 without SQL', `{ ${aliases(11, '__typename')} }`],
    ['11 changes', `mutation { ${aliases(11, 'expireDueOrders(input: {}) { closedCount }')} }`],
    ['12 in a fragment used twice', `{ ...A ...A } fragment A on Query { ${aliases(6, '__typename')} }`],
    [
      '11 in a fragment in a fragment',
      `{ a0: __typename ...A } fragment A on Query { ... { ...B } } fragment B on Query { ${many(10, (i) => `b${i}: __typename`)} }`,
    ],
    ['11 in an operation that is not run', `query A { __typename } query B { ${aliases(11, '__typename')} }`],
  ])('on the first level may not be %s', async (_, query) => {
    await isTooLarge(query, /more than 10 fields on its first level/)
  })

  it('may be those of every client’s introspection, with all that it can ask', async () => {
    const everything = {
      ...{ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
      ...{ inputValueDeprecation: true, oneOf: true },
    }
    for (const options of [{}, everything]) {
      const data = await isAnswered(getIntrospectionQuery(options))
      expect(data.__schema).toMatchObject({ queryType: { name: 'Query' } })
    }
  })

  const typeOfFields = (depth: number) => `${'fields { type { '.repeat(depth)} name ${'} } '.repeat(depth)}`
  it.each<[string, string, RegExp]>([
    ['wide', `{ __schema { types { ${aliases(400, 'name')} } } }`, /more than 400 fields of the schema/],
    [
      'often',
      `{ ${aliases(40, '__schema { types { name fields { name args { name type { name } } type { name kind } } } }')} }`,
      /more than 400 fields of the schema/,
    ],
    ['deep', `{ __schema { types { ${typeOfFields(12)} } } }`, /levels deep/],
  ])('of the schema may not be asked for so %s', async (_, query, sentence) => {
    await isTooLarge(query, sentence)
  })

  it('of the schema may not be asked for in circles', async () => {
    await isAgainstTheSchema(`{ __type(name: "Order") { ${typeOfFields(5)} } }`, /introspection depth exceeded/)
  })
})

describe('fragments', () => {
  it('that double with each level are refused', async () => {
    const levels = many(30, (i) => `fragment F${i} on Order { ...F${i + 1} a${i}: id ...F${i + 1} }`)
    await isTooLarge(
      `{ orders(first: 1) { nodes { ...F0 } } } ${levels} fragment F30 on Order { id }`,
      /more than 200 fields/,
    )
  })

  it('that are too many to read are refused', async () => {
    const [uses, definitions] = [many(700, (i) => `...F${i}`), many(700, (i) => `fragment F${i} on Order { id }`)]
    await isNotRead(`{ orders { nodes { ${uses} } } } ${definitions}`, /tokens/)
  })

  it('that multiply are judged at once, also where they come to nothing', async () => {
    const startedAt = performance.now()
    const spread = (name: string) => `...${name} `.repeat(400)
    const query = `{ ${spread('A')} } fragment A on Query { ${spread('B')} } fragment B on Query { ${spread('C')} }`
    expect((await admin.query(query)).status).toBe(400)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })

  it('that nothing uses count too', async () => {
    await isTooLarge(`{ settings { createsPerMinute } } fragment A on Order { ${aliases(401, 'id')} }`, /400 fields/)
  })

  it.each<[string, string, RegExp]>([
    ['that contain themselves', '{ orders { nodes { ...A } } } fragment A on Order { id ...A }', /within itself/],
    [
      'that contain each other',
      '{ orders { nodes { ...A } } } fragment A on Order { ...B } fragment B on Order { ...A }',
      /within itself/,
    ],
    ['that are not there', '{ orders { nodes { ...A } } }', /Unknown fragment "A"/],
    [
      'on another type',
      '{ orders { nodes { ...A } } } fragment A on Settings { createsPerMinute }',
      /can never be of type/,
    ],
    ['that nothing uses', '{ settings { createsPerMinute } } fragment A on Order { id }', /never used/],
  ])('%s are refused', async (_, query, sentence) => {
    await isAgainstTheSchema(query, sentence)
  })
})

describe('the values', () => {
  const columnsOf = (name: string) => {
    const type = schema.getType(name)
    const fields = isObjectType(type) ? Object.values(type.getFields()) : []
    return fields.filter((field) => !isObjectType(getNamedType(field.type))).map((field) => field.name)
  }
  const ordersWithTrucks = (orders: string, trucks: string) =>
    `{ orders(first: 100) { nodes { ${orders} truckRequests { nodes { ${trucks} } } } } }`

  it('of 100 orders with every column and their trucks are allowed', async () => {
    const [orders, trucks] = [columnsOf('Order'), columnsOf('TruckRequest')]
    expect(orders.length).toBeGreaterThan(30)
    await isAnswered(ordersWithTrucks(orders.join(' '), trucks.join(' ')))
  })

  it('of 100 trips with every column, their orders and what was asked for are allowed', async () => {
    const [trips, orders, trucks] = ['Trip', 'Order', 'TruckRequest'].map((type) => columnsOf(type).join(' '))
    await isAnswered(
      `{ trips(first: 100) { nodes { ${trips} order { ${orders} dispute { ${columnsOf('Dispute').join(' ')} } } truckRequest { ${trucks} } } } }`,
    )
  })

  it.each([
    ['trips', 'trips(first: 10) { nodes { id } }', 'trips(first: 100) { nodes { endReason endReason driverName } }'],
    [
      'timelines',
      'timeline { toStatus tripStatus reason }',
      aliases(5, 'timeline { toStatus tripStatus reason occurredAt actor }'),
    ],
    ['disputes', `dispute { ${aliases(30, 'notes')} }`, `dispute { ${aliases(41, 'notes')} }`],
  ])('of many %s of 100 orders are refused', async (_, allowed, refused) => {
    const query = (fields: string) => `{ orders(first: 100) { nodes { ${fields} } } }`
    await isAnswered(query(allowed))
    await isTooLarge(query(refused), /may return \d+ values, at most \d+ are allowed: ask for smaller pages/)
  })

  it('of larger pages inside pages are refused, by the rows that they may have', async () => {
    const query = (trucks: string) =>
      `{ orders(first: 100) { nodes { truckRequests${trucks} { nodes { order { truckRequests(first: 10) { nodes { id } } } } } } } }`
    await isAnswered(query('(first: 5)'))
    for (const size of ['(first: 100)', '']) // no size is the default size
      await isTooLarge(query(size), /may return \d+ values, at most \d+ are allowed: ask for smaller pages/)
  })
})

describe('a list', () => {
  const orderBy = (n: number) => `[${many(n, () => 'ID_ASC')}]`
  const sorted = (declared: string) => `query ($o: ${declared}) { orders(orderBy: $o) { nodes { id } } }`
  const filtered = 'query ($c: OrderCondition) { orders(condition: $c) { nodes { id } } }'
  const terms = (n: number) => ({ o: range(n).map(() => 'ID_ASC') })

  it('of 20 is answered', async () => {
    await isAnswered(`{ orders(orderBy: ${orderBy(20)}) { nodes { id } } }`)
    await isAnswered(sorted('[OrderOrderBy!]'), terms(20))
  })

  it.each<Query>([
    ['written out', `{ orders(orderBy: ${orderBy(21)}) { nodes { id } } }`],
    ['by a variable', sorted('[OrderOrderBy!]'), terms(21)],
    ['by a variable’s default', sorted(`[OrderOrderBy!] = ${orderBy(21)}`)],
    ['inside an object', `{ orders(condition: { id: ${orderBy(21)} }) { nodes { id } } }`],
    ['inside an object by a variable', filtered, { c: { id: range(21) } }],
    ['by a variable that nothing uses', '{ settings { createsPerMinute } }', { unused: [[range(5_000)]] }],
  ])('of 21 is refused: %s', async (_, query, variables) => {
    await isTooLarge(query, /has more than 20 elements/, variables)
  })

  it.each([
    ['an order by', `{ orders(orderBy: [${'1 '.repeat(10_000)}]) { nodes { id } } }`],
    ['a filter', `{ orders(condition: { ${'a:1 '.repeat(10_000)} }) { nodes { id } } }`],
  ])('of 10,000 terms is not even read: %s', async (_, query) => {
    await isNotRead(query, /tokens/)
  })
})

describe('the variables', () => {
  const filtered = 'query ($c: OrderCondition) { orders(condition: $c) { nodes { id } } }'

  it.each<[string, unknown, RegExp]>([
    ['of 5,000 filters', Object.fromEntries(range(5_000).map((n) => [`f${n}`, 1])), /more than 200 values/],
    ['of lists of lists', range(20).map(() => range(20)), /more than 200 values/],
    ['of an object in an object …', range(20).reduce<object>((inner) => ({ inner }), {}), /more than 8 levels deep/],
  ])('%s are too large', async (_, c, sentence) => {
    await isTooLarge(filtered, sentence, { c })
    await isTooLarge('{ settings { createsPerMinute } }', sentence, { unused: c })
  })

  it('of 20,000 lists in each other are refused by a sentence', async () => {
    const before = service.sqlUses()
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const answer = await admin.send(`{"query": "{ settings { createsPerMinute } }", "variables": {"x": ${nested}}}`)
    expect([answer.status, answer.errors[0]?.message]).toEqual([400, expect.stringContaining('8 levels deep')])
    expect(service.sqlUses()).toBe(before)
  })
})

describe('the body', () => {
  const limit = 64 * 1024
  const bodyOf = (size: number) => JSON.stringify({ query: '{ settings { createsPerMinute } }' }).padEnd(size, ' ')

  it('may have 64 KiB', async () => {
    expect((await admin.send(bodyOf(limit))).data.settings.createsPerMinute).toBe(10)
  })

  it.each([limit + 1, 10 * 1024 * 1024])(
    'of %i bytes is refused with 413, also when it comes in chunks without a length',
    async (size) => {
      const before = service.sqlUses()
      const whole = await admin.send(bodyOf(size))
      const chunks = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(bodyOf(size)))
          controller.close()
        },
      })
      const headers = { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' }
      const response = await fetch(`${service.url}/graphql`, {
        method: 'POST',
        headers,
        body: chunks,
        duplex: 'half',
      } as RequestInit)
      for (const [status, text] of [
        [whole.status, whole.text],
        [response.status, await response.text()],
      ] as const) {
        expect(status).toBe(413)
        expect(JSON.parse(text).errors[0]).toMatchObject({
          message: expect.stringContaining('larger than 64 KiB'),
          extensions: { code: 'PAYLOAD_TOO_LARGE', rule: 'body_is_within_64_kib' },
        })
      }
      expect(service.sqlUses()).toBe(before)
    },
  )

  it.each([
    '',
    'null',
    '5',
    '"x"',
    '[]',
    '{}',
    '{',
    '[{"query":"{ __typename }"}]',
    '{"query":5}',
    '{"query":null}',
    '{"query":"{ __typename }","variables":"x"}',
  ])('that is no query is refused with a sentence: %s', async (body) => {
    const { status, errors } = await admin.send(body)
    expect([status, errors[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST'])
    expect(errors[0]?.message).toContain('{"query": "…", "variables": {…}}')
  })

  it.each([
    '{"query":"{ __typename }","operationName":5}',
    '{"query":"{ __typename }","variables":[]}',
    '{"query":"{ __typename }","extensions":5}',
    '{"query":"{ __typename }","operationName":"Another"}',
    '{"query":"query A { __typename } query B { __typename }"}',
    '{"query":"subscription { orders { nodes { id } } }"}',
    '{"query":"query ($a: Int!) { orders(first: $a) { nodes { id } } }"}',
    '{"query":"{ orders(condition: { status: ACTIVE }) { nodes { id } } }"}',
    '{"query":"{ orders(condition: { customerId: 5 }) { nodes { id } } }"}',
  ])('that GraphQL cannot use is refused with its sentence: %s', async (body) => {
    const before = service.sqlUses()
    const { status, errors } = await admin.send(body)
    expect(status).toBe(400)
    expect(errors[0]?.message).toMatch(/^.{20,}$/)
    expect(errors[0]?.extensions.code).not.toBe('INTERNAL_ERROR')
    expect(service.sqlUses()).toBe(before)
  })
})

describe('a query that the database takes too long for', async () => {
  const slow = await copyDatabase()
  const slowService = await startAdmin(slow)
  const slowAdmin = await asAdmin(slowService.url)
  await slowAdmin.query('{ settings { createsPerMinute } }')
  await slow.owner.query(
    `create or replace function api.order_counts(p_created_from timestamptz default statement_timestamp() - interval '1 day', p_created_before timestamptz default 'infinity')
     returns table (status text, order_count integer) language plpgsql stable security definer set search_path = '' as $$ begin perform pg_sleep(60); end $$`,
  )
  await slow.owner.query(
    `create or replace function api.expire_due_orders(p_limit integer default 500) returns integer language plpgsql volatile security definer set search_path = ''
     as $$ begin update app.settings set creates_per_minute = p_limit; perform pg_sleep(p_limit); return p_limit; end $$`,
  )
  const watcher = new pg.Pool({ connectionString: slow.adminUrl, max: 1 }) // a login sees what its own sessions do
  afterAll(() => watcher.end())
  const running = () =>
    watcher.query(
      "select from pg_stat_activity where usename = current_user and datname = current_database() and state = 'active' and pid <> pg_backend_pid()",
    )

  it('is stopped after 3 seconds, says so, undoes what it did, and holds up nobody else', async () => {
    const startedAt = performance.now()
    const tooSlow = Promise.all([
      slowAdmin.query('{ orderCounts { status } settings { createsPerMinute } }'),
      slowAdmin.query('mutation { expireDueOrders(input: { limit: 60 }) { closedCount } }'),
    ])
    await until(async () => (await running()).rowCount === 2, 'both run')
    expect((await slowAdmin.query('{ settings { createsPerMinute } }')).data.settings.createsPerMinute).toBe(10)
    const [query, mutation] = await tooSlow
    const durationMs = performance.now() - startedAt
    expect(durationMs).toBeGreaterThan(2_900)
    expect(durationMs).toBeLessThan(6_000)
    for (const { status, errors } of [query, mutation]) {
      expect([status, errors.length, errors[0]?.extensions.code]).toEqual([200, 1, 'QUERY_TOO_SLOW'])
      expect(errors[0]?.message).toMatch(/more than 3 seconds and was stopped/)
    }
    expect(query.data.settings.createsPerMinute).toBe(10)
    expect((await running()).rowCount).toBe(0)
    expect(await one(slow.owner, 'select creates_per_minute as n from app.settings')).toEqual({ n: 10 })
  })

  it.runIf(isFull)('in many pieces is stopped as well, and says so', async () => {
    const { errors } = await slowAdmin.query(
      `mutation { ${aliases(10, 'expireDueOrders(input: { limit: 2 }) { closedCount }')} }`,
    )
    expect(errors.length).toBeGreaterThan(0)
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['QUERY_TOO_SLOW']))
    await until(async () => (await running()).rowCount === 0, 'nothing runs any more')
  })
})

it('every answer above was JSON, none of them 5xx, and the log has no error', () => {
  const statuses = service.lines.flatMap(({ status }) => (typeof status === 'number' ? [status] : []))
  expect(statuses.length).toBeGreaterThan(100)
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  expect(service.lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
})
