// What an admin may change: six things, by the same commands as everybody else.
import { describe, expect, it } from 'vitest'
import { type Admin, asAdmin, asSupport, schemaOf, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { acceptSql, make, newId } from '../support/make.ts'
import { makePersonal, personalOf } from '../support/personal.ts'
import { range, tally } from '../support/scale.ts'
import { asCustomer, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const admin = await asAdmin(service.url)
const support = await asSupport(service.url)

const cancelQuery = `mutation ($orderId: UUID!, $reason: String!) {
  cancelOrder(input: { orderId: $orderId, reason: $reason }) { order { id status storedStatus cancelReason isOpen } }
}`
const endTrip = (mutation: string) => `mutation ($tripId: UUID!, $reason: String!) {
  ${mutation}(input: { tripId: $tripId, reason: $reason }) {
    trip {
      id status isLive endReason endedAt truckRequest { status }
      order { status trucksTotal totalAmount cancelReason timeline { fromStatus toStatus tripId tripStatus trucksFilled trucksTotal actor reason } }
    }
  }
}`
const [completeQuery, withdrawQuery] = [endTrip('completeTrip'), endTrip('withdrawTrip')]
const settingsQuery = `mutation ($createsPerMinute: Int, $searchWindow: IntervalInput, $tripAlarm: IntervalInput, $retention: IntervalInput) {
  changeSettings(input: { createsPerMinute: $createsPerMinute, searchWindow: $searchWindow, tripAlarm: $tripAlarm, retention: $retention }) {
    settings { createsPerMinute searchWindow { hours minutes seconds } tripAlarm { days hours } retention { years days } }
  }
}`
const eraseQuery = 'mutation ($customerId: UUID!) { eraseCustomer(input: { customerId: $customerId }) { erasedCount } }'
const expireQuery = 'mutation ($limit: Int) { expireDueOrders(input: { limit: $limit }) { closedCount } }'
const cancel = (orderId: string, reason: string, who: Admin = admin) => who.query(cancelQuery, { orderId, reason })
const complete = (tripId: string, reason: string) => admin.query(completeQuery, { tripId, reason })
const withdraw = (tripId: string, reason: string) => admin.query(withdrawQuery, { tripId, reason })

/** Every row that a mutation could change, with its version: a write that changes nothing shows too. */
const rowsNow = () =>
  one(
    db.owner,
    `select
       (select md5(string_agg(o.xmin || ' ' || o::text, ',' order by o.id)) from app.orders o) as orders,
       (select md5(string_agg(t.xmin || ' ' || t::text, ',' order by t.order_id, t.request_number)) from app.truck_requests t) as trucks,
       (select md5(string_agg(t.xmin || ' ' || t::text, ',' order by t.id)) from app.trips t) as trips,
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

it('there are exactly these six', async () => {
  const fields = (await schemaOf(admin)).getMutationType()?.getFields() ?? {}
  expect(Object.keys(fields).sort()).toEqual([
    'cancelOrder',
    'changeSettings',
    'completeTrip',
    'eraseCustomer',
    'expireDueOrders',
    'withdrawTrip',
  ])
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

describe('completeTrip', () => {
  it('completes the trip and, when it was the last, the order; the trip and the timeline tell which admin and why', async () => {
    const { trips } = await make.filled(db.owner, { trucks: 2, started: 2 })
    const [first, last] = [trips[0]?.id ?? '', trips[1]?.id ?? '']
    expect((await complete(first, 'seen at the gate')).data.completeTrip.trip).toMatchObject({
      ...{ status: 'completed', order: { status: 'in_progress' } },
    })
    const { data, errors } = await complete(last, 'the driver says so')
    expect(errors).toEqual([])
    const actor = `admin ${admin.userId}`
    expect(data.completeTrip.trip).toEqual({
      ...{ id: last, status: 'completed', isLive: false, endReason: 'the driver says so' },
      ...{ endedAt: expect.any(String), truckRequest: { status: 'completed' } },
      order: expect.objectContaining({ status: 'completed' }),
    })
    const { timeline } = data.completeTrip.trip.order as { timeline: object[] }
    const counts = { trucksFilled: 2, trucksTotal: 2 }
    expect(timeline.slice(-3)).toEqual([
      {
        ...{ fromStatus: 'in_progress', toStatus: 'in_progress', tripId: first, tripStatus: 'completed', ...counts },
        ...{ actor, reason: 'seen at the gate' },
      },
      {
        ...{ fromStatus: 'in_progress', toStatus: 'in_progress', tripId: last, tripStatus: 'completed', ...counts },
        ...{ actor, reason: 'the driver says so' },
      },
      {
        ...{ fromStatus: 'in_progress', toStatus: 'completed', tripId: null, tripStatus: null, ...counts },
        ...{ actor, reason: null },
      },
    ])
  })

  it('returns a completed trip as it is, with its first reason, and records nothing', async () => {
    const { trips } = await make.filled(db.owner, { trucks: 1, started: 1 })
    await complete(trips[0]?.id ?? '', 'arrived')
    const before = await rowsNow()
    const { data, errors } = await complete(trips[0]?.id ?? '', 'arrived, as I said')
    expect([data.completeTrip.trip.endReason, errors]).toEqual(['arrived', []])
    expect(await rowsNow()).toEqual(before)
  })
})

describe('withdrawTrip', () => {
  it('within the search lets the order search again; the trip and the timeline tell which admin and why', async () => {
    const { trips } = await make.filled(db.owner, { trucks: 2, dueIn: '10 minutes' })
    const id = trips[1]?.id ?? ''
    const { data, errors } = await withdraw(id, 'the driver is ill')
    expect(errors).toEqual([])
    expect(data.withdrawTrip.trip).toEqual({
      ...{ id, status: 'withdrawn', isLive: false, endReason: 'the driver is ill', endedAt: expect.any(String) },
      truckRequest: { status: 'searching' },
      order: expect.objectContaining({ status: 'partially_filled', trucksTotal: 2 }),
    })
    const { timeline } = data.withdrawTrip.trip.order as { timeline: object[] }
    expect(timeline).toContainEqual({
      ...{ fromStatus: 'partially_filled', toStatus: 'partially_filled', tripId: id, tripStatus: 'withdrawn' },
      ...{ trucksFilled: 1, trucksTotal: 2, actor: `admin ${admin.userId}`, reason: 'the driver is ill' },
    })
  })

  it('after the search takes the truck off the order, and with the last one cancels it without telling the customer why', async () => {
    const { trips } = await make.filled(db.owner, { trucks: 2, dueIn: '-1 minute' })
    const first = (await withdraw(trips[1]?.id ?? '', 'broken down')).data.withdrawTrip.trip
    expect(first).toMatchObject({ order: { status: 'fully_filled', trucksTotal: 1, totalAmount: 100 } })
    const last = (await withdraw(trips[0]?.id ?? '', 'broken down too')).data.withdrawTrip.trip
    const told = 'The transporter withdrew the truck'
    expect(last).toMatchObject({ endReason: 'broken down too', order: { status: 'cancelled', cancelReason: told } })
    const { timeline } = last.order as { timeline: { reason: string | null }[] }
    const cancelled = { fromStatus: 'fully_filled', toStatus: 'cancelled', tripId: null, reason: told }
    const withdrawn = { tripId: last.id, tripStatus: 'withdrawn', reason: 'broken down too' }
    expect(timeline.slice(-2)).toEqual([expect.objectContaining(cancelled), expect.objectContaining(withdrawn)])
    expect(timeline.filter(({ reason }) => reason === 'broken down too')).toHaveLength(1)
    expect(last.truckRequest).toEqual({ status: 'cancelled' })
  })

  it('frees the vehicle and the driver at once', async () => {
    const stuck = await make.trip(db.owner)
    const other = await make.order(db.owner)
    const accept = () =>
      db.owner.query(acceptSql, [`${other.id}.1`, stuck.transporter, stuck.vehicle, 'Ravi', stuck.phone])
    await expect(accept()).rejects.toMatchObject({ constraint: 'one_live_trip_per_vehicle' })
    await withdraw(stuck.id, 'forgotten')
    expect((await accept()).rows[0]).toMatchObject({ status: 'driver_accepted', vehicle_number: stuck.vehicle })
  })
})

describe('a trip', () => {
  const accepted = async () => (await make.trip(db.owner)).id
  const started = async () => (await make.filled(db.owner, { trucks: 1, started: 1 })).trips[0]?.id ?? ''
  const moved = { code: 'TRIP_STATUS_CONFLICT', rule: 'trip_move_is_legal', hint: expect.stringContaining('can start') }

  it.each<[string, string, () => Promise<string>, string, object, RegExp]>([
    ['completed that has not started', 'completeTrip', accepted, 'a reason', moved, /driver_accepted cannot become/],
    ['withdrawn that has started', 'withdrawTrip', started, 'a reason', moved, /in_transit cannot become withdrawn/],
    ...['completeTrip', 'withdrawTrip'].flatMap(
      (mutation): [string, string, () => Promise<string>, string, object, RegExp][] => [
        [
          `moved by ${mutation} that nobody knows`,
          ...([mutation, async () => newId(), 'a reason'] as const),
          { code: 'TRIP_NOT_FOUND', rule: 'trip_is_known', hint: expect.stringContaining('Look for it') },
          /^There is no such trip/,
        ],
        [
          `moved by ${mutation} for an empty reason`,
          ...([mutation, mutation === 'completeTrip' ? started : accepted, ''] as const),
          {
            code: 'VALIDATION_ERROR',
            rule: 'trip_end_reason_is_given',
            hint: expect.stringContaining('500 characters'),
          },
          /ends with a reason/,
        ],
        [
          `moved by ${mutation} for a blank reason`,
          ...([mutation, mutation === 'completeTrip' ? started : accepted, ' \n\t '] as const),
          { code: 'VALIDATION_ERROR', rule: 'trip_end_reason_is_given' },
          /ends with a reason/,
        ],
        [
          `moved by ${mutation} for a reason of 501 characters`,
          ...([mutation, mutation === 'completeTrip' ? started : accepted, 'x'.repeat(501)] as const),
          { code: 'VALIDATION_ERROR', rule: 'trip_end_reason_is_at_most_500_characters' },
          /at most 500 characters/,
        ],
      ],
    ),
  ])(
    'cannot be %s: a code, the rule and a sentence, and nothing changes',
    async (_, mutation, trip, reason, extensions, sentence) => {
      const tripId = await trip()
      const before = await rowsNow()
      const { status, data, errors } = await admin.query(endTrip(mutation), { tripId, reason })
      expect([status, data[mutation]]).toEqual([200, null])
      expect(errors).toHaveLength(1)
      expect(errors[0]).toMatchObject({ path: [mutation], extensions, message: expect.stringMatching(sentence) })
      expect(await rowsNow()).toEqual(before)
    },
  )

  it.each(['completeTrip', 'withdrawTrip'])('is not moved by %s without an id or a reason', async (mutation) => {
    const inputs: [string, RegExp][] = [
      [`tripId: "${newId()}"`, /Field "\w+.reason" of required type/],
      ['reason: "why"', /Field "\w+.tripId" of required type/],
      [`tripId: "${newId()}", reason: null`, /Expected value of type "String!"/],
    ]
    for (const [input, sentence] of inputs) {
      const { status, errors } = await admin.query(`mutation { ${mutation}(input: { ${input} }) { trip { id } } }`)
      expect([status, errors[0]?.message]).toEqual([400, expect.stringMatching(sentence)])
    }
  })
})

describe('eraseCustomer', () => {
  it('blanks what is personal of a customer, says of how many orders, and records which admin did so', async () => {
    const { customer } = await makePersonal(db.owner)
    const erase = () => admin.query(eraseQuery, { customerId: customer })
    expect((await erase()).data.eraseCustomer).toEqual({ erasedCount: 2 })
    expect(await personalOf(db.owner, customer)).toEqual({})
    const { data, errors } = await admin.query(
      `{ orders(condition: { customerId: "${customer}" }, first: 9) { nodes { customerPhone pickupAddress erasedBy erasedAt } } }`,
    )
    expect(errors).toEqual([])
    const erased = {
      customerPhone: '',
      pickupAddress: '',
      erasedBy: `admin ${admin.userId}`,
      erasedAt: expect.any(String),
    }
    expect(data.orders.nodes).toEqual([erased, erased])
    expect((await erase()).data.eraseCustomer).toEqual({ erasedCount: 0 })
  })

  it('is not done without a customer', async () => {
    const { status, errors } = await admin.query('mutation { eraseCustomer(input: {}) { erasedCount } }')
    expect([status, errors[0]?.message]).toEqual([
      400,
      expect.stringMatching(/Field "\w+.customerId" of required type/),
    ])
  })

  it('is refused while an order is live, with a code, the rule and what to do, and changes nothing', async () => {
    const order = await make.order(db.owner, { phone: '9876543210' })
    const before = await rowsNow()
    const { data, errors } = await admin.query(eraseQuery, { customerId: order.customer })
    expect(data.eraseCustomer).toBeNull()
    expect(errors[0]).toMatchObject({
      path: ['eraseCustomer'],
      message: expect.stringContaining(`Order ${order.id} is active`),
      extensions: {
        code: 'CUSTOMER_HAS_LIVE_ORDER',
        rule: 'customer_has_no_live_order',
        hint: expect.stringContaining('Cancel it'),
      },
    })
    expect(await rowsNow()).toEqual(before)
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
    one(
      db.owner,
      'select search_window::text as window, creates_per_minute as creates, trip_alarm::text as alarm, retention::text from app.settings',
    )

  it('leaves a line in the log that says who asked, as every change does', async () => {
    const before = service.lines.length
    await admin.query('mutation { changeSettings(input: {}) { settings { createsPerMinute } } }')
    await admin.query('mutation { nameOfNoMutation }')
    await complete(newId(), 'why')
    await withdraw(newId(), 'why')
    const said = service.lines.slice(before).filter(({ tag }) => tag === 'AdminChange')
    const caller = expect.stringMatching(/^[0-9a-f]{12}$/)
    expect(said).toMatchObject([
      { changes: ['changeSettings'], caller },
      { changes: ['completeTrip'], caller },
      { changes: ['withdrawTrip'], caller },
    ])
  })

  it('changes what is given and leaves the rest', async () => {
    const retention = { years: 0, days: 400 }
    const first = await admin.query(settingsQuery, { createsPerMinute: 7 })
    expect(first.data.changeSettings.settings).toEqual({
      retention,
      ...{ createsPerMinute: 7, searchWindow: { hours: 0, minutes: 1, seconds: 0 }, tripAlarm: { days: 0, hours: 24 } },
    })
    const second = await admin.query(settingsQuery, { searchWindow: { minutes: 1, seconds: 30 } })
    expect(second.data.changeSettings.settings).toEqual({
      retention,
      ...{
        createsPerMinute: 7,
        searchWindow: { hours: 0, minutes: 1, seconds: 30 },
        tripAlarm: { days: 0, hours: 24 },
      },
    })
    const third = await admin.query(settingsQuery, { tripAlarm: { days: 2 } })
    expect(third.data.changeSettings.settings).toEqual({
      retention,
      ...{ createsPerMinute: 7, searchWindow: { hours: 0, minutes: 1, seconds: 30 }, tripAlarm: { days: 2, hours: 0 } },
    })
    const fourth = await admin.query(settingsQuery, { retention: { days: 500 } })
    expect(fourth.data.changeSettings.settings).toMatchObject({ tripAlarm: { days: 2 }, retention: { days: 500 } })
    expect(await storedSettings()).toEqual({ window: '00:01:30', creates: 7, alarm: '2 days', retention: '500 days' })
    const nothing = await admin.query(settingsQuery, {
      ...{ searchWindow: null, createsPerMinute: null, tripAlarm: null, retention: null },
    })
    expect(nothing.data.changeSettings).toEqual(fourth.data.changeSettings)
  })

  it.each<[string, object, string, RegExp]>([
    ['a window of nothing', { searchWindow: {} }, 'search_window_is_1_s_to_1_h', /search window is 1 s to 1 h/],
    ['a window below a second', { searchWindow: { seconds: 0.9 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['a window below zero', { searchWindow: { minutes: -1 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['a window above an hour', { searchWindow: { hours: 1, seconds: 1 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['a window of months', { searchWindow: { months: 1 } }, 'search_window_is_1_s_to_1_h', /1 s to 1 h/],
    ['no creates', { createsPerMinute: 0 }, 'creates_per_minute_is_positive', /creates per minute is positive/],
    ['an alarm below a minute', { tripAlarm: { seconds: 59 } }, 'trip_alarm_is_1_min_to_30_days', /1 min to 30 days/],
    ['an alarm above 30 days', { tripAlarm: { days: 31 } }, 'trip_alarm_is_1_min_to_30_days', /1 min to 30 days/],
    [
      'a retention below 30 days',
      { retention: { days: 29 } },
      'retention_is_30_days_to_10_years',
      /30 days to 10 years/,
    ],
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

describe('support', async () => {
  const old = await make.order(db.owner, { status: 'completed', phone: '9876543210' })
  const attempts: Record<string, (orderId: string, tripId: string) => [string, Record<string, unknown>]> = {
    cancelOrder: (orderId) => [cancelQuery, { orderId, reason: 'not mine to cancel' }],
    completeTrip: (_, tripId) => [completeQuery, { tripId, reason: 'not mine to complete' }],
    withdrawTrip: (_, tripId) => [withdrawQuery, { tripId, reason: 'not mine to withdraw' }],
    eraseCustomer: () => [eraseQuery, { customerId: old.customer }],
    expireDueOrders: () => [expireQuery, {}],
    changeSettings: () => [settingsQuery, { createsPerMinute: 1000 }],
  }

  it.each(Object.keys(attempts))('may not %s: FORBIDDEN, with a sentence, and nothing changes', async (name) => {
    const order = await make.order(db.owner)
    const trip = await make.trip(db.owner)
    await make.order(db.owner, { dueIn: '-1 s' })
    const before = await rowsNow()
    const [query = '', variables] = attempts[name]?.(order.id, trip.id) ?? []
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
       create or replace function api.change_settings(p_search_window interval default null, p_creates_per_minute integer default null, p_trip_alarm interval default null, p_retention interval default null) returns api.settings
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
