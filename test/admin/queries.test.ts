// What admins and support can ask, in the words of the domain.
import { isEnumType, isInputObjectType, isObjectType } from 'postgraphile/graphql'
import { describe, expect, it } from 'vitest'
import { asAdmin, asSupport, idsOf, schemaOf, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { range } from '../support/scale.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const admin = await asAdmin(service.url)
const support = await asSupport(service.url)
const [asha, ravi] = [newId(), newId()]

/** One order of every kind. An hour of search, so that none comes due while the tests run. */
const made = {
  cancelled: await make.order(db.owner, { customer: asha, status: 'cancelled' }),
  expired: await make.order(db.owner, { customer: asha, status: 'expired' }),
  completed: await make.order(db.owner, { customer: ravi, status: 'completed' }),
  searching: await make.order(db.owner, { customer: asha, dueIn: '50 minutes', phone: '9876543210' }),
  partlyFilled: await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '55 minutes' }),
  filled: await make.order(db.owner, { status: 'fully_filled', dueIn: '-10 minutes' }),
  moving: await make.order(db.owner, { status: 'in_progress', dueIn: '-20 minutes' }),
  due: await make.order(db.owner, { customer: ravi, dueIn: '-1 minute', phone: '9876543210' }),
  dueAndPartlyFilled: await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '-2 minutes' }),
}
type Name = keyof typeof made
const names = Object.keys(made) as Name[]
const nameOf = new Map(names.map((name) => [made[name].id, name]))

await db.owner.query(
  "update app.truck_requests set vehicle_type = 'Container' where request_number = 1 and order_id = any ($1)",
  [[made.searching.id, made.dueAndPartlyFilled.id]],
)
const createdAt = async (name: Name) =>
  (await one<{ at: string }>(db.owner, 'select created_at::text as at from app.orders where id = $1', [made[name].id]))
    .at

describe('orders', () => {
  const ordersOf = async (condition: object) => {
    const { data, errors } = await support.query(
      'query ($condition: OrderCondition) { orders(condition: $condition) { totalCount nodes { id } } }',
      { condition },
    )
    expect(errors).toEqual([])
    expect(data.orders.totalCount).toBe(data.orders.nodes.length)
    return idsOf(data.orders)
      .map((id) => nameOf.get(id))
      .sort()
  }

  it.each<[string, object, Name[]]>([
    ['no filter', {}, names],
    ['a customer', { customerId: asha }, ['cancelled', 'expired', 'searching']],
    ['a customer nobody knows', { customerId: newId() }, []],
    ['an id', { id: made.filled.id }, ['filled']],
    ['a phone', { customerPhone: '9876543210' }, ['searching', 'due']],
    ['the start of a phone, which is another', { customerPhone: '987654321' }, []],
    ['the status active', { status: 'active' }, ['searching']],
    ['the status partially_filled', { status: 'partially_filled' }, ['partlyFilled']],
    ['the status fully_filled', { status: 'fully_filled' }, ['filled', 'dueAndPartlyFilled']],
    ['the status in_progress', { status: 'in_progress' }, ['moving']],
    ['the status completed', { status: 'completed' }, ['completed']],
    ['the status cancelled', { status: 'cancelled' }, ['cancelled']],
    ['the status expired', { status: 'expired' }, ['expired', 'due']],
    ['open', { isOpen: true }, ['searching', 'partlyFilled']],
    ['not open', { isOpen: false }, names.filter((name) => name !== 'searching' && name !== 'partlyFilled')],
    ['due', { isDue: true }, ['due', 'dueAndPartlyFilled']],
    ['not due', { isDue: false }, names.filter((name) => !name.startsWith('due'))],
    ['a vehicle type', { vehicleType: 'Container' }, ['searching', 'dueAndPartlyFilled']],
    ['a vehicle type in other letters', { vehicleType: 'cONTAINER' }, ['searching', 'dueAndPartlyFilled']],
    ['a vehicle type with a wildcard, which is none', { vehicleType: 'Contain%' }, []],
    ['a customer and a status', { customerId: asha, status: 'expired' }, ['expired']],
    ['a phone and due', { customerPhone: '9876543210', isDue: true }, ['due']],
    ['a vehicle type, open, a customer', { vehicleType: 'open', isOpen: true, customerId: asha }, ['searching']],
    ['what excludes itself', { isOpen: true, isDue: true }, []],
    ['filters that are null, which are none', { customerPhone: null, status: null, isOpen: null }, names],
  ])('are those of %s', async (_, condition, expected) => {
    expect(await ordersOf(condition)).toEqual([...expected].sort())
  })

  it('are those created from one time until before another', async () => {
    const [first, last] = [await createdAt('moving'), await createdAt('due')]
    const between = await ordersOf({ createdFrom: first, createdBefore: last })
    expect(between).toEqual(expect.arrayContaining(['moving', 'filled', 'dueAndPartlyFilled']))
    expect(between).not.toContain('due')
    expect(await ordersOf({ createdFrom: last, isDue: true })).toEqual(['due'])
    expect(await ordersOf({ createdBefore: first, isOpen: true })).toEqual([])
    expect(await ordersOf({ createdFrom: last, createdBefore: first })).toEqual([])
    expect(await ordersOf({ createdFrom: first, createdBefore: last, status: 'in_progress' })).toEqual(['moving'])
  })

  it.each(['ID', 'CREATED_AT', 'EXPIRES_AT'])(
    'come in the order of %s, both ways, and newest first unless asked',
    async (by) => {
      const ids = async (sql: string) =>
        (await db.owner.query<{ id: string }>(`select id from app.orders order by ${sql}, id`)).rows.map(({ id }) => id)
      const asked = async (orderBy: string) =>
        idsOf((await support.query(`{ orders(orderBy: [${orderBy}, ID_ASC]) { nodes { id } } }`)).data.orders)
      expect(await asked(`${by}_ASC`)).toEqual(await ids(`${by} asc`))
      expect(await asked(`${by}_DESC`)).toEqual(await ids(`${by} desc`))
      expect(idsOf((await support.query('{ orders { nodes { id } } }')).data.orders)).toEqual(await ids('id desc'))
    },
  )

  it.each<[Name, object]>([
    [
      'searching',
      { status: 'active', storedStatus: 'active', isOpen: true, isLive: true, isDue: false, trucksTotal: 2 },
    ],
    ['due', { status: 'expired', storedStatus: 'active', isOpen: false, isLive: false, isDue: true, secondsLeft: 0 }],
    [
      'dueAndPartlyFilled',
      {
        ...{ status: 'fully_filled', storedStatus: 'partially_filled', isOpen: false, isLive: true, isDue: true },
        ...{ secondsLeft: 0, trucksRequested: 3, trucksTotal: 1, trucksFilled: 1, totalAmount: 1000 },
      },
    ],
    ['filled', { status: 'fully_filled', storedStatus: 'fully_filled', isOpen: false, isLive: true, secondsLeft: 0 }],
    ['cancelled', { status: 'cancelled', storedStatus: 'cancelled', isLive: false, secondsLeft: 0 }],
  ])('show the true status beside the stored one: %s', async (name, expected) => {
    const { data } = await support.query(
      `query ($id: UUID!) { order(id: $id) { status storedStatus isOpen isLive isDue secondsLeft trucksRequested trucksTotal trucksFilled totalAmount } }`,
      { id: made[name].id },
    )
    expect(data.order).toMatchObject(expected)
  })

  it('show the seconds that a search still runs, by the clock of the database', async () => {
    const left = 'select extract(epoch from expires_at - clock_timestamp())::float as s from app.orders where id = $1'
    const before = await one<{ s: number }>(db.owner, left, [made.searching.id])
    const { data } = await support.query(`{ order(id: "${made.searching.id}") { secondsLeft } }`)
    const after = await one<{ s: number }>(db.owner, left, [made.searching.id])
    expect(data.order.secondsLeft).toBeLessThanOrEqual(Math.ceil(before.s))
    expect(data.order.secondsLeft).toBeGreaterThanOrEqual(Math.ceil(after.s))
  })

  it('have a timeline that ends with the true status, whether or not that was written down', async () => {
    const timelineOf = async (name: Name) =>
      (
        await support.query(
          'query ($id: UUID!) { order(id: $id) { timeline { fromStatus toStatus actor reason occurredAt recordedAt } } }',
          { id: made[name].id },
        )
      ).data.order.timeline
    const due = await timelineOf('due')
    expect(due).toMatchObject([
      { fromStatus: null, toStatus: 'active' },
      { fromStatus: 'active', toStatus: 'expired', actor: 'clock', recordedAt: null },
    ])
    expect(Date.parse(String(due[1]?.occurredAt))).toBe(made.due.expiresAt.getTime())
    expect((await timelineOf('completed')).map(({ toStatus }) => toStatus)).toEqual([
      'active',
      'fully_filled',
      'in_progress',
      'completed',
    ])
    expect((await timelineOf('cancelled')).at(-1)?.recordedAt).toEqual(expect.any(String))
  })

  it('are found by a plan for the values that were given, however often they are asked for', async () => {
    for (const _ of range(30)) await ordersOf({ isOpen: true })
    const sessions = await Promise.all(range(4).map(() => service.pool.connect()))
    const plans = await Promise.all(
      sessions.map((session) =>
        one<{ custom: number; generic: number }>(
          session,
          `select coalesce(max(custom_plans), 0)::integer as custom, coalesce(sum(generic_plans), 0)::integer as generic
           from pg_prepared_statements where cardinality(parameter_types) > 0`,
        ),
      ),
    )
    for (const session of sessions) session.release()
    expect(Math.max(...plans.map(({ custom }) => custom))).toBeGreaterThan(5) // after five PostgreSQL would choose again
    expect(plans.map(({ generic }) => generic)).toEqual([0, 0, 0, 0])
  })

  it('of an id that is none is null, without an error', async () => {
    const { data, errors } = await support.query(`{ order(id: "${newId()}") { id } }`)
    expect([data.order, errors]).toEqual([null, []])
  })
})

describe('pages', () => {
  /** Reads page by page and calls `between` before each next one. */
  async function pagesOf(field: string, more: string, size: number, between: () => Promise<unknown>) {
    const ids: string[] = []
    let after: string | null = null
    do {
      const query = `query ($after: Cursor) { page: ${field}(first: ${size}, after: $after ${more}) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }`
      const { data, errors } = await support.query(query, { after })
      expect(errors).toEqual([])
      const page = data.page as typeof data.orders
      expect(page.nodes.length).toBeLessThanOrEqual(size)
      ids.push(...idsOf(page))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      await between()
    } while (after !== null)
    return ids
  }
  const idsNow = async () =>
    (await db.owner.query<{ id: string }>('select id from app.orders order by id desc')).rows.map(({ id }) => id)
  const orderArrives = () => make.order(db.owner, { dueIn: '1 hour' })

  it('of orders, newest first, show each that was there exactly once while new orders arrive', async () => {
    const there = await idsNow()
    expect(await pagesOf('orders', '', 2, orderArrives)).toEqual(there)
    expect((await idsNow()).length).toBeGreaterThan(there.length)
  })

  it.each(['CREATED_AT_ASC', 'CREATED_AT_DESC', 'EXPIRES_AT_ASC', 'EXPIRES_AT_DESC', 'ID_ASC'])(
    'of orders by %s show each once, also where the times are the same',
    async (by) => {
      await db.owner.query(
        "update app.orders set created_at = date_trunc('day', created_at), expires_at = date_trunc('day', created_at) + interval '1 hour' where status = 'in_progress' or status = 'fully_filled'",
      )
      await Promise.all(range(4).map(() => make.order(db.owner, { status: 'fully_filled', dueIn: '-1 hour' })))
      await db.owner.query(
        "update app.orders set expires_at = '2026-01-01', created_at = '2025-12-31 23:00' where status = 'fully_filled'",
      )
      const ids = await pagesOf('orders', `orderBy: [${by}]`, 3, async () => {})
      expect([...ids].sort()).toEqual((await idsNow()).sort())
    },
  )

  it('of a filter stay within it', async () => {
    const expected = (
      await db.owner.query<{ id: string }>(
        'select id from app.orders where is_open and expires_at > now() order by id desc',
      )
    ).rows
    const ids = await pagesOf('orders', 'condition: { isOpen: true }', 2, async () => {})
    expect(ids).toEqual(expected.map(({ id }) => id))
  })

  it.each([
    ['truckRequests', "select order_id || '.' || request_number as id from app.truck_requests"],
    ['orderEvents', 'select id::text from app.order_events'],
  ])('of %s show each once', async (field, sql) => {
    const expected = (await db.owner.query<{ id: string }>(sql)).rows.map(({ id }) => id)
    const ids = await pagesOf(field, '', 20, async () => {})
    expect([...ids].sort()).toEqual(expected.sort())
  })

  it('tell the total, which the size of the page does not change', async () => {
    const { data } = await support.query('{ orders(first: 1) { totalCount nodes { id } } }')
    expect(data.orders.nodes).toHaveLength(1)
    expect(await one(db.owner, 'select count(*)::integer as n from app.orders')).toEqual({ n: data.orders.totalCount })
  })

  it('have a cursor on every edge, and go on from any of them', async () => {
    const { data } = await support.query('{ orders(first: 5) { edges { cursor node { id } } } }')
    const [, second, third] = data.orders.edges
    const next = await support.query(`{ orders(first: 1, after: "${second?.cursor}") { nodes { id } } }`)
    expect(idsOf(next.data.orders)).toEqual([third?.node.id])
  })

  it.each([
    ['that is no cursor', 'xxx'],
    ['that is empty', ''],
    ['of another order of rows', Buffer.from('["0000000000","x"]').toString('base64')],
  ])('after a cursor %s are refused, and the sentence says that it is the cursor', async (_, cursor) => {
    const { status, errors } = await support.query(
      'query ($after: Cursor) { orders(after: $after) { nodes { id } } }',
      { after: cursor },
    )
    expect(status).toBeLessThan(500)
    expect(errors[0]?.message).toMatch(/cursor/i)
    expect(errors[0]?.extensions.code).not.toBe('INTERNAL_ERROR')
  })
})

describe('truck requests', () => {
  const trucksOf = async (condition: object) =>
    (
      await support.query(
        'query ($condition: TruckRequestCondition) { truckRequests(first: 100, condition: $condition) { totalCount nodes { id requestNumber status storedStatus order { id } } } }',
        { condition },
      )
    ).data.truckRequests

  it('of an order are numbered, and one that searches for an order that does not has expired', async () => {
    const { id } = made.dueAndPartlyFilled
    expect((await trucksOf({ orderId: id })).nodes).toEqual([
      { id: `${id}.1`, requestNumber: 1, status: 'assigned', storedStatus: 'assigned', order: { id } },
      { id: `${id}.2`, requestNumber: 2, status: 'expired', storedStatus: 'searching', order: { id } },
      { id: `${id}.3`, requestNumber: 3, status: 'expired', storedStatus: 'searching', order: { id } },
    ])
  })

  it('are filtered by customer and by the true status', async () => {
    expect((await trucksOf({ customerId: asha })).totalCount).toBe(6)
    const expired = (await trucksOf({ status: 'expired' })).nodes
    expect(idsOf({ nodes: expired })).toEqual(expect.arrayContaining([`${made.due.id}.1`, `${made.expired.id}.1`]))
    expect(expired.every(({ status }) => status === 'expired')).toBe(true)
  })

  it('are shown with their order, under the order’s own page', async () => {
    const { data } = await support.query(
      `{ order(id: "${made.searching.id}") { truckRequests(first: 1) { totalCount nodes { id vehicleType } } } }`,
    )
    expect(data.order.truckRequests).toEqual({
      totalCount: 2,
      nodes: [{ id: `${made.searching.id}.1`, vehicleType: 'Container' }],
    })
  })
})

describe('order events', () => {
  const eventsOf = async (condition: object) =>
    (
      await support.query(
        'query ($condition: OrderEventCondition) { orderEvents(condition: $condition) { nodes { id orderId actor fromStatus toStatus order { status } } } }',
        { condition },
      )
    ).data.orderEvents.nodes

  it('of an order come in the order in which they happened', async () => {
    const events = await eventsOf({ orderId: made.completed.id })
    expect(events.map(({ toStatus }) => toStatus)).toEqual(['active', 'fully_filled', 'in_progress', 'completed'])
    expect(events[0]).toMatchObject({ fromStatus: null, orderId: made.completed.id, order: { status: 'completed' } })
  })

  it('are filtered by customer, by actor and by the status moved to', async () => {
    const ofAsha = await eventsOf({ customerId: asha, toStatus: 'expired' })
    expect(ofAsha.map(({ orderId, actor }) => [orderId, actor])).toEqual([[made.expired.id, 'clock']])
    const byClock = await eventsOf({ actor: 'clock', orderId: made.expired.id })
    expect(byClock.map(({ toStatus }) => toStatus)).toEqual(['expired'])
    expect(await eventsOf({ actor: 'nobody' })).toEqual([])
  })
})

describe('a summary', () => {
  it('counts the orders of every true status', async () => {
    const counted = await db.owner.query<{ status: string; orderCount: number }>(
      `select s.status, (select count(*)::integer from api.orders o where o.status = s.status and o.created_at > now() - interval '1 day') as "orderCount"
       from api.order_statuses s`,
    )
    const { data } = await support.query('{ orderCounts { status orderCount } }')
    expect(data.orderCounts).toEqual(counted.rows)
    expect(data.orderCounts.find(({ status }) => status === 'expired')?.orderCount).toBeGreaterThanOrEqual(2)
    expect(data.orderCounts).toHaveLength(7)
  })

  it('is that of a time, when one is given', async () => {
    const countsOf = async (args: string) => {
      const { data } = await support.query(`{ orderCounts${args} { status orderCount } }`)
      return data.orderCounts.reduce((sum, { orderCount }) => sum + orderCount, 0)
    }
    const at = await createdAt('due')
    const n = async (where: string) =>
      (await one<{ n: number }>(db.owner, `select count(*)::integer as n from app.orders where ${where}`, [at])).n
    expect(await countsOf(`(createdFrom: "${at}")`)).toBe(await n('created_at >= $1'))
    expect(await countsOf(`(createdFrom: "2020-01-01T00:00:00Z", createdBefore: "${at}")`)).toBe(
      await n('created_at < $1'),
    )
  })

  it('is that of the last day, when the times are null', async () => {
    const { data } = await support.query(
      '{ orderCounts { orderCount } nulls: orderCounts(createdFrom: null, createdBefore: null) { orderCount } }',
    )
    expect(data.nulls).toEqual(data.orderCounts)
  })
})

describe('sweeps and settings', () => {
  it('tell what is due before a sweep, and what it closed after', async () => {
    const read = async () =>
      (await support.query('{ sweeps { name startedAt finishedAt closedCount dueCount oldestDueSeconds } }')).data
        .sweeps
    const [before] = await read()
    expect(before).toMatchObject({
      name: 'expire_due_orders',
      startedAt: null,
      finishedAt: null,
      closedCount: null,
      dueCount: 2,
    })
    expect(before?.oldestDueSeconds).toBeGreaterThanOrEqual(120)
    await db.owner.query('select api.expire_due_orders()')
    expect(await read()).toMatchObject([
      { closedCount: 2, dueCount: 0, oldestDueSeconds: 0, finishedAt: expect.any(String) },
      { name: 'erase_old_orders', finishedAt: null, closedCount: null, dueCount: 0, oldestDueSeconds: 0 },
    ])
  })

  it('tell the search window, the create limit and when a trip is stuck', async () => {
    const { data } = await support.query(
      '{ settings { createsPerMinute searchWindow { hours minutes seconds } tripAlarm { hours minutes } } }',
    )
    expect(data.settings).toEqual({
      ...{ createsPerMinute: 10, searchWindow: { hours: 0, minutes: 1, seconds: 0 } },
      tripAlarm: { hours: 24, minutes: 0 },
    })
  })
})

describe('why a customer cannot book', () => {
  const explain = async (customerId: string) =>
    (
      await support.query(
        `query ($customerId: UUID!) { explainCustomer(customerId: $customerId) { createIsRefusedBy whatToDo orderId status storedStatus isOpen secondsLeft } }`,
        { customerId },
      )
    ).data.explainCustomer

  it('names the rule, the order and what to do', async () => {
    const rows = await explain(asha)
    expect(rows[0]).toMatchObject({
      createIsRefusedBy: 'one_active_order_per_customer',
      orderId: made.searching.id,
      status: 'active',
      isOpen: true,
    })
    expect(rows[0]?.whatToDo).toEqual(expect.stringMatching(/.+/))
  })

  it('says that nothing stands in the way of a customer without an open order, known or not', async () => {
    for (const customer of [made.completed.customer, newId()]) {
      const [row] = await explain(customer)
      expect(row).toMatchObject({ createIsRefusedBy: null, whatToDo: 'Nothing: a create would be accepted now.' })
    }
    expect(await explain(newId())).toHaveLength(1)
  })
})

describe('the names', async () => {
  const schema = await schemaOf(admin)
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  const fieldsOf = (name: string) => {
    const type = schema.getType(name)
    return isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()).sort() : []
  }

  it('of the queries are these', () => {
    expect(fieldsOf('Query')).toEqual([
      'disputes',
      'explainCustomer',
      'order',
      'orderCounts',
      'orderEvents',
      'orders',
      'settings',
      'sweeps',
      'trip',
      'trips',
      'truckRequests',
    ])
  })

  it('read like the domain, not like Postgres', () => {
    const args = types
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()).flatMap((field) => field.args))
    const names = [...types.flatMap(({ name }) => [name, ...fieldsOf(name)]), ...args.map(({ name }) => name)]
    expect(names.length).toBeGreaterThan(150)
    expect(names.filter((name) => /rowId|nodeId|^all[A-Z]|^p[A-Z]|_|ById|Record$|List$|^arg\d/.test(name))).toEqual([])
    expect(fieldsOf('Order')).toEqual(
      expect.arrayContaining(['id', 'customerId', 'truckRequests', 'trips', 'dispute', 'timeline']),
    )
  })

  it('of the statuses are those that everybody uses', () => {
    const status = schema.getType('OrderStatus')
    expect(isEnumType(status) && status.getValues().map(({ name }) => name)).toEqual([
      'active',
      'cancelled',
      'completed',
      'expired',
      'fully_filled',
      'in_progress',
      'partially_filled',
    ])
  })
})
