// What an admin may change: three things, by the same commands as everybody else.
import { describe, expect, it } from 'vitest'
import { type Admin, asAdmin, asSupport, schemaOf, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { range, tally } from '../support/scale.ts'
import { asCustomer, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const admin = await asAdmin(service.url)
const support = await asSupport(service.url)

const cancelQuery = `mutation ($orderId: UUID!, $reason: String!) {
  cancelOrder(input: { orderId: $orderId, reason: $reason }) { order { id status storedStatus cancelReason isOpen } }
}`
const settingsQuery = `mutation ($createsPerMinute: Int, $searchWindow: IntervalInput) {
  changeSettings(input: { createsPerMinute: $createsPerMinute, searchWindow: $searchWindow }) {
    settings { createsPerMinute searchWindow { hours minutes seconds } }
  }
}`
const expireQuery = 'mutation ($limit: Int) { expireDueOrders(input: { limit: $limit }) { closedCount } }'
const cancel = (orderId: string, reason: string, who: Admin = admin) => who.query(cancelQuery, { orderId, reason })

/** Every row that a mutation could change, with its version: a write that changes nothing shows too. */
const rowsNow = () =>
  one(
    db.owner,
    `select
       (select md5(string_agg(o.xmin || ' ' || o::text, ',' order by o.id)) from app.orders o) as orders,
       (select md5(string_agg(t.xmin || ' ' || t::text, ',' order by t.order_id, t.request_number)) from app.truck_requests t) as trucks,
       (select count(*)::integer from app.order_events) as events,
       (select string_agg(s.xmin || ' ' || s::text, ',') from app.settings s) as settings,
       (select string_agg(s.xmin || ' ' || s::text, ',') from app.sweeps s) as sweeps`,
  )

const eventsOf = async (orderId: string) =>
  (
    await db.owner.query(
      'select actor, from_status, to_status, reason from app.order_events where order_id = $1 order by id',
      [orderId],
    )
  ).rows

it('there are exactly these three', async () => {
  const fields = (await schemaOf(admin)).getMutationType()?.getFields() ?? {}
  expect(Object.keys(fields).sort()).toEqual(['cancelOrder', 'changeSettings', 'expireDueOrders'])
})

describe('cancelOrder', () => {
  it('cancels the order and its trucks, and records which admin did so and why', async () => {
    const order = await make.order(db.owner)
    const { data, errors } = await cancel(order.id, 'asked by phone')
    expect(errors).toEqual([])
    expect(data.cancelOrder.order).toEqual({
      ...{ id: order.id, status: 'cancelled', storedStatus: 'cancelled', isOpen: false },
      cancelReason: 'asked by phone',
    })
    expect((await eventsOf(order.id)).at(-1)).toEqual({
      ...{ actor: `admin ${admin.userId}`, reason: 'asked by phone' },
      ...{ from_status: 'active', to_status: 'cancelled' },
    })
    const trucks = await db.owner.query('select distinct status from app.truck_requests where order_id = $1', [
      order.id,
    ])
    expect(trucks.rows).toEqual([{ status: 'cancelled' }])
  })

  it('lets the customer book again at once, who sees the order cancelled', async () => {
    const rest = await startService(db)
    const customer = await asCustomer(rest.url)
    const { id } = (await customer.create()).body.data.order
    expect((await customer.create()).status).toBe(409)
    await cancel(id, 'stuck')
    expect((await customer.get(`/orders/${id}/status`)).body.data.status).toBe('cancelled')
    expect((await customer.create()).status).toBe(201)
  })

  it.each([
    ['cancelled', {}],
    ['expired', {}],
    ['active', { dueIn: '-1 s' }],
  ] as const)('returns an order that is over as it is, and records nothing: %s', async (status, more) => {
    const order = await make.order(db.owner, { status, ...more })
    const before = await rowsNow()
    const { data, errors } = await cancel(order.id, 'too late')
    expect(errors).toEqual([])
    expect(data.cancelOrder.order).toMatchObject({
      status: status === 'active' ? 'expired' : status,
      cancelReason: null,
    })
    expect(await rowsNow()).toEqual(before)
  })

  it.each<[string, () => Promise<string>, string, object, RegExp]>([
    [
      'an order that nobody knows',
      async () => newId(),
      'a reason',
      { code: 'ORDER_NOT_FOUND', rule: 'order_is_known', hint: expect.stringContaining('Look for it') },
      /^There is no order/,
    ],
    [
      'an order whose trip has started',
      async () => (await make.order(db.owner, { status: 'in_progress' })).id,
      'a reason',
      { code: 'ORDER_NOT_CANCELLABLE', rule: 'order_is_cancellable', hint: expect.stringMatching(/.+/) },
      /in_progress/,
    ],
    [
      'an order that is done',
      async () => (await make.order(db.owner, { status: 'completed' })).id,
      'a reason',
      { code: 'ORDER_NOT_CANCELLABLE', rule: 'order_is_cancellable', hint: expect.stringMatching(/.+/) },
      /completed/,
    ],
    [
      'an empty reason',
      async () => (await make.order(db.owner)).id,
      '',
      { code: 'VALIDATION_ERROR', rule: 'cancel_reason_is_given', hint: expect.stringContaining('500 characters') },
      /needs a reason/,
    ],
    [
      'a blank reason',
      async () => (await make.order(db.owner)).id,
      ' \n\t ',
      { code: 'VALIDATION_ERROR', rule: 'cancel_reason_is_given' },
      /needs a reason/,
    ],
    [
      'a reason of 501 characters',
      async () => (await make.order(db.owner)).id,
      'x'.repeat(501),
      { code: 'VALIDATION_ERROR', rule: 'cancel_reason_is_at_most_500_characters' },
      /at most 500 characters/,
    ],
  ])(
    'refuses %s by a code, the rule and a sentence, and changes nothing',
    async (_, orderId, reason, extensions, sentence) => {
      const id = await orderId()
      const before = await rowsNow()
      const { status, data, errors } = await cancel(id, reason)
      expect([status, data.cancelOrder]).toEqual([200, null])
      expect(errors).toHaveLength(1)
      expect(errors[0]).toMatchObject({ path: ['cancelOrder'], extensions, message: expect.stringMatching(sentence) })
      expect(await rowsNow()).toEqual(before)
    },
  )

  it('of an order that somebody holds answers soon that nothing was changed, and works afterwards', async () => {
    const order = await make.order(db.owner)
    const before = await rowsNow()
    const holder = await db.owner.connect()
    await holder.query('begin')
    await holder.query('select from app.orders where id = $1 for update', [order.id])
    const startedAt = performance.now()
    const { data, errors } = await cancel(order.id, 'held')
    expect(performance.now() - startedAt).toBeLessThan(2_500)
    expect(data.cancelOrder).toBeNull()
    expect(errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE')
    expect(errors[0]?.message).toMatch(/nothing was changed.*try again/i)
    await holder.query('rollback')
    holder.release()
    expect(await rowsNow()).toEqual(before)
    expect((await cancel(order.id, 'held')).data.cancelOrder.order.status).toBe('cancelled')
  })
})

describe('expireDueOrders', () => {
  it('writes down what is due, as many as asked, and returns how many', async () => {
    await db.owner.query('select api.expire_due_orders()')
    const due = [await make.order(db.owner, { dueIn: '-3 s' }), await make.order(db.owner, { dueIn: '-2 s' })]
    const settles = await make.order(db.owner, { status: 'partially_filled', trucks: 3, dueIn: '-1 s' })
    const counts = [2, undefined, undefined].map(
      (limit) => async () => (await admin.query(expireQuery, { limit })).data,
    )
    const answers: number[] = []
    for (const count of counts) answers.push((await count()).expireDueOrders.closedCount)
    expect(answers).toEqual([2, 1, 0])
    expect((await eventsOf(due[0]?.id ?? '')).at(-1)).toMatchObject({ actor: 'clock', to_status: 'expired' })
    expect((await eventsOf(settles.id)).at(-1)).toMatchObject({ actor: 'clock', to_status: 'fully_filled' })
  })

  it('refuses a number below zero by a code and a sentence', async () => {
    const { errors } = await admin.query(expireQuery, { limit: -1 })
    expect(errors[0]).toMatchObject({
      extensions: { code: 'VALIDATION_ERROR' },
      message: expect.stringMatching(/negative/),
    })
  })

  it('takes no more than its default when the number is null', async () => {
    await db.owner.query('select api.expire_due_orders()')
    await db.owner.query(
      `insert into app.orders (customer_id, created_at, updated_at, expires_at, pickup_latitude, pickup_longitude, pickup_address,
         drop_latitude, drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
       select gen_random_uuid(), now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 s', 28.6, 77.2, 'Delhi', 26.9, 75.7, 'Jaipur',
         237, 1, 1, 1000, sha256('') from generate_series(1, 501)`,
    )
    expect((await admin.query(expireQuery, { limit: null })).data.expireDueOrders.closedCount).toBe(500)
    expect((await admin.query(expireQuery)).data.expireDueOrders.closedCount).toBe(1)
  })
})

describe('changeSettings', () => {
  const storedSettings = () =>
    one(db.owner, 'select search_window::text as window, creates_per_minute as creates from app.settings')

  it('leaves a line in the log that says who asked, since the settings keep no history', async () => {
    const before = service.lines.length
    await admin.query('mutation { changeSettings(input: {}) { settings { createsPerMinute } } }')
    await admin.query('mutation { nameOfNoMutation }')
    const said = service.lines.slice(before).filter(({ tag }) => tag === 'AdminChange')
    expect(said).toEqual([
      expect.objectContaining({ changes: ['changeSettings'], caller: expect.stringMatching(/^[0-9a-f]{12}$/) }),
    ])
  })

  it('changes what is given and leaves the rest', async () => {
    const first = await admin.query(settingsQuery, { createsPerMinute: 7 })
    expect(first.data.changeSettings.settings).toEqual({
      createsPerMinute: 7,
      searchWindow: { hours: 0, minutes: 1, seconds: 0 },
    })
    const second = await admin.query(settingsQuery, { searchWindow: { minutes: 1, seconds: 30 } })
    expect(second.data.changeSettings.settings).toEqual({
      createsPerMinute: 7,
      searchWindow: { hours: 0, minutes: 1, seconds: 30 },
    })
    expect(await storedSettings()).toEqual({ window: '00:01:30', creates: 7 })
    const nothing = await admin.query(settingsQuery, { searchWindow: null, createsPerMinute: null })
    expect(nothing.data.changeSettings).toEqual(second.data.changeSettings)
  })

  it.each<[string, object, string, RegExp]>([
    ['a window of nothing', { searchWindow: {} }, 'search_window_is_1_s_to_1_h', /search window is 1 s to 1 h/],
    ['a window below a second', { searchWindow: { seconds: 0.9 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['a window below zero', { searchWindow: { minutes: -1 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['a window above an hour', { searchWindow: { hours: 1, seconds: 1 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['a window of months', { searchWindow: { months: 1 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['no creates', { createsPerMinute: 0 }, 'creates_per_minute_is_positive', /creates per minute is positive/],
    ['fewer than no creates', { createsPerMinute: -1 }, 'creates_per_minute_is_positive', /is positive/],
    [
      'one good and one bad value',
      { createsPerMinute: 5, searchWindow: { hours: 2 } },
      'search_window_is_1_s_to_1_h',
      /1 s to 1 h/,
    ],
  ])('refuses %s by the rule and its sentence, and changes nothing', async (_, variables, rule, sentence) => {
    const before = await rowsNow()
    const { data, errors } = await admin.query(settingsQuery, variables as Record<string, unknown>)
    expect(data.changeSettings).toBeNull()
    expect(errors[0]).toMatchObject({
      extensions: { code: 'VALIDATION_ERROR', rule },
      message: expect.stringMatching(sentence),
    })
    expect(await rowsNow()).toEqual(before)
  })

  it('holds for the next create', async () => {
    await admin.query(settingsQuery, { searchWindow: { minutes: 30 } })
    const rest = await startService(db)
    const { body } = await (await asCustomer(rest.url)).create()
    expect(body.data.order.expiresIn).toBe(1800)
  })
})

describe('support', () => {
  const attempts: Record<string, (orderId: string) => [string, Record<string, unknown>]> = {
    cancelOrder: (orderId) => [cancelQuery, { orderId, reason: 'not mine to cancel' }],
    expireDueOrders: () => [expireQuery, {}],
    changeSettings: () => [settingsQuery, { createsPerMinute: 1000 }],
  }

  it.each(Object.keys(attempts))('may not %s: FORBIDDEN, with a sentence, and nothing changes', async (name) => {
    const order = await make.order(db.owner)
    await make.order(db.owner, { dueIn: '-1 s' })
    const before = await rowsNow()
    const [query = '', variables] = attempts[name]?.(order.id) ?? []
    const { data, errors } = await support.query(query, variables)
    expect(data[name]).toBeNull()
    expect(errors[0]).toMatchObject({
      path: [name],
      extensions: { code: 'FORBIDDEN' },
      message: expect.stringContaining('Your role may not do this. Nothing was changed'),
    })
    expect(errors[0]?.message).not.toMatch(/permission|function|api\./)
    expect(await rowsNow()).toEqual(before)
  })

  it('was tried with every mutation that there is', async () => {
    const fields = (await schemaOf(admin)).getMutationType()?.getFields() ?? {}
    expect(Object.keys(attempts).sort()).toEqual(Object.keys(fields).sort())
  })
})

describe('a bug', async () => {
  const broken = await copyDatabase()
  const brokenService = await startAdmin(broken)
  const brokenAdmin = await asAdmin(brokenService.url)
  const { id } = await make.order(broken.owner)
  await brokenAdmin.query('{ settings { createsPerMinute } }') // the schema is read while everything is there
  const raising = (head: string) =>
    `create or replace function ${head} language plpgsql volatile security definer set search_path = '' as $$ begin raise exception 'the secret of 9876543210' using detail = 'a detail', hint = 'a hint'; end $$`

  it.each([
    [
      'a function that is gone',
      'drop function api.sweep_status()',
      '{ sweeps { name } settings { createsPerMinute } }',
    ],
    [
      'a function that fails without a rule',
      raising('api.expire_due_orders(p_limit integer default 500) returns integer'),
      'mutation { expireDueOrders(input: {}) { closedCount } }',
    ],
    [
      'a command that fails deep inside',
      raising('api.write_cancel(p_order app.orders, p_reason text) returns app.orders'),
      `mutation { cancelOrder(input: { orderId: "${id}", reason: "x" }) { order { id } } }`,
    ],
    [
      'a broken unique rule that has no words',
      `create table app.twice (n integer constraint secret_rule unique); insert into app.twice values (1);
       create or replace function api.change_settings(p_search_window interval default null, p_creates_per_minute integer default null) returns api.settings
       language plpgsql volatile security definer set search_path = '' as $$ begin insert into app.twice values (1); return null; end $$`,
      'mutation { changeSettings(input: { createsPerMinute: 5 }) { settings { createsPerMinute } } }',
    ],
  ])('stays masked: %s', async (_, sql, query) => {
    await broken.owner.query(sql)
    const { status, text, errors } = await brokenAdmin.query(query)
    expect([status, errors.length]).toEqual([200, 1])
    expect(errors[0]?.extensions.code).toBe('INTERNAL_ERROR')
    expect(Object.keys(errors[0]?.extensions ?? {}).sort()).toEqual(['code', 'errorId'])
    expect(text).not.toMatch(/secret|98765|hint|detail|function|sweep_status|constraint|select|\bat /i)
    const line = brokenService.lines.find(({ errorId }) => errorId === errors[0]?.extensions.errorId)
    expect(line).toMatchObject({
      level: 50,
      msg: 'a GraphQL field failed',
      code: expect.any(String),
      message: expect.any(String),
    })
  })

  it('in one field leaves the others answered', async () => {
    const { data, errors } = await brokenAdmin.query('{ sweeps { name } settings { createsPerMinute } }')
    expect([data.sweeps, data.settings, errors.length]).toEqual([null, { createsPerMinute: 10 }, 1])
  })
})

it('nobody’s rights or name pass to the next request, whichever session it gets', async () => {
  const admins = await Promise.all(range(4).map(() => asAdmin(service.url)))
  const orders = await Promise.all(range(12).map(() => make.order(db.owner)))
  const answers = await Promise.all(
    orders.flatMap(({ id }, n) => [cancel(id, 'one of many', admins[n % 4]), cancel(id, 'not allowed', support)]),
  )
  expect(tally(answers.map(({ errors }) => errors[0]?.extensions.code ?? 'done'))).toEqual({ done: 12, FORBIDDEN: 12 })
  for (const [n, { id }] of orders.entries())
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      actor: `admin ${admins[n % 4]?.userId}`,
      reason: 'one of many',
    })
})
