// What admins and support see of trips, and of the customers who want to be let out of an order.
import { describe, expect, it } from 'vitest'
import { asSupport, idsOf, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { range } from '../support/scale.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const support = await asSupport(service.url)
const [asha, carrier] = [newId(), newId()]

/** One trip of every kind. Two minutes of search, so that none comes due while they are made. */
const accepted = await make.trip(db.owner, { transporter: carrier })
const [moving] = (await make.filled(db.owner, { customer: asha, trucks: 1, started: 1, acceptedAgo: '30 hours' })).trips
const half = await make.filled(db.owner, { customer: asha, trucks: 2, started: 2, acceptedAgo: '30 hours' })
const [done, late] = half.trips
const withdrawn = await make.trip(db.owner, { transporter: carrier })
const cancelled = await make.trip(db.owner)
const old = await make.trip(db.owner, { acceptedAgo: '25 hours' })
if (!moving || !done || !late) throw new Error('a trip is missing')
const made = { accepted, moving, done, late, withdrawn, cancelled, old }
type Name = keyof typeof made
const names = Object.keys(made) as Name[]
const nameOf = new Map(names.map((name) => [made[name].id, name]))

for (const [{ id }, ago] of [
  [moving, '23 hours'],
  [done, '28 hours'],
  [late, '25 hours'],
] as const)
  await db.owner.query('update app.trips set started_at = now() - $2::interval where id = $1', [id, ago])
await db.owner.query('select api.complete_trip($1, $2)', [done.id, 'arrived'])
await db.owner.query('select api.withdraw_trip($1, $2)', [withdrawn.id, 'broken down'])
await db.owner.query('select api.cancel_order_by_id($1, $2)', [cancelled.order.id, 'not needed'])

describe('trips', () => {
  const tripsOf = async (condition: object) => {
    const { data, errors } = await support.query(
      'query ($condition: TripCondition) { trips(condition: $condition) { totalCount nodes { id } } }',
      { condition },
    )
    expect(errors).toEqual([])
    expect(data.trips.totalCount).toBe(data.trips.nodes.length)
    return idsOf(data.trips)
      .map((id) => nameOf.get(id))
      .sort()
  }
  const spaced = (text: string) => ` ${text.slice(0, 2).toLowerCase()} ${text.slice(2, 4)}\t${text.slice(4)} `
  const live: Name[] = ['accepted', 'moving', 'late', 'old']

  it.each<[string, object, Name[]]>([
    ['no filter', {}, names],
    ['an id', { id: made.done.id }, ['done']],
    ['an order', { orderId: half.id }, ['done', 'late']],
    ['an order nobody knows', { orderId: newId() }, []],
    ['a customer', { customerId: asha }, ['moving', 'done', 'late']],
    ['a transporter', { transporterId: carrier }, ['accepted', 'withdrawn']],
    ['a transporter nobody knows', { transporterId: newId() }, []],
    ['a vehicle', { vehicleNumber: made.late.vehicle }, ['late']],
    ['a vehicle, in small letters and with spaces', { vehicleNumber: spaced(made.done.vehicle) }, ['done']],
    ['the start of a vehicle, which is another', { vehicleNumber: made.done.vehicle.slice(0, -1) }, []],
    ['a vehicle with a wildcard, which is none', { vehicleNumber: 'MH%' }, []],
    ['a vehicle that is on a trip', { vehicleNumber: spaced(made.late.vehicle), isLive: true }, ['late']],
    ['a vehicle that is on none any more', { vehicleNumber: made.done.vehicle, isLive: true }, []],
    ['a driver', { driverPhone: made.old.phone }, ['old']],
    ['a driver, with spaces', { driverPhone: spaced(made.old.phone), isLive: true }, ['old']],
    ['a driver who is on none any more', { driverPhone: made.withdrawn.phone, isLive: true }, []],
    ['the status driver_accepted', { status: 'driver_accepted' }, ['accepted', 'old']],
    ['the status in_transit', { status: 'in_transit', isLive: true }, ['moving', 'late']],
    ['the status completed', { status: 'completed' }, ['done']],
    ['the status withdrawn', { status: 'withdrawn' }, ['withdrawn']],
    ['the status cancelled', { status: 'cancelled' }, ['cancelled']],
    ['a status that there is not', { status: 'stuck' }, []],
    ['live', { isLive: true }, live],
    ['not live', { isLive: false }, names.filter((name) => !live.includes(name))],
    ['stuck', { isStuck: true }, ['late', 'old']],
    ['not stuck', { isStuck: false }, names.filter((name) => name !== 'late' && name !== 'old')],
    ['stuck, of a customer', { isStuck: true, customerId: asha }, ['late']],
    ['what excludes itself', { isStuck: true, isLive: false }, []],
    ['filters that are null, which are none', { vehicleNumber: null, isStuck: null, orderId: null }, names],
  ])('are those of %s', async (_, condition, expected) => {
    expect(await tripsOf(condition)).toEqual([...expected].sort())
  })

  it('are stuck for as long as the settings say', async () => {
    await db.owner.query("select api.change_settings(p_trip_alarm => '26 hours')")
    expect(await tripsOf({ isStuck: true })).toEqual([])
    await db.owner.query("select api.change_settings(p_trip_alarm => '24 hours')")
    expect(await tripsOf({ isStuck: true })).toEqual(['late', 'old'])
  })

  it('come newest first unless asked otherwise, and page by page each once', async () => {
    const newest = (await db.owner.query<{ id: string }>('select id from app.trips order by id desc')).rows.map(
      ({ id }) => id,
    )
    expect(idsOf((await support.query('{ trips { nodes { id } } }')).data.trips)).toEqual(newest)
    const oldest = (await support.query('{ trips(orderBy: [ID_ASC]) { nodes { id } } }')).data.trips
    expect(idsOf(oldest)).toEqual([...newest].reverse())
    const paged: string[] = []
    let after: string | null = null
    for (const _ of range(4)) {
      const { data } = await support.query(
        'query ($after: Cursor) { trips(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }',
        { after },
      )
      paged.push(...idsOf(data.trips))
      after = data.trips.pageInfo.endCursor
    }
    expect(paged).toEqual(newest)
  })

  it('show the truck, where it is, and why it ended', async () => {
    const { data } = await support.query(
      `query ($id: UUID!) { trip(id: $id) { id orderId customerId truckRequestId requestNumber transporterId vehicleNumber driverName
         driverPhone status isLive isStuck createdAt startedAt endedAt endReason vehicleType vehicleSubtype pricePerTruck } }`,
      { id: late.id },
    )
    const at = await one<{ created: Date; started: Date }>(
      db.owner,
      'select created_at as created, started_at as started from app.trips where id = $1',
      [late.id],
    )
    const { createdAt, startedAt, ...facts } = data.trip
    expect([createdAt, startedAt].map((time) => Date.parse(String(time)))).toEqual([
      at.created.getTime(),
      at.started.getTime(),
    ])
    expect(facts).toEqual({
      ...{ id: late.id, orderId: half.id, customerId: asha, truckRequestId: `${half.id}.2`, requestNumber: 2 },
      ...{ transporterId: late.transporter, vehicleNumber: late.vehicle, driverName: 'Ravi', driverPhone: late.phone },
      ...{ status: 'in_transit', isLive: true, isStuck: true, endedAt: null, endReason: null },
      ...{ vehicleType: 'open', vehicleSubtype: '17 Feet', pricePerTruck: 200 },
    })
    const ended = await support.query(`{ trip(id: "${withdrawn.id}") { status isLive isStuck endReason startedAt } }`)
    expect(ended.data.trip).toEqual({
      ...{ status: 'withdrawn', isLive: false, isStuck: false, endReason: 'broken down', startedAt: null },
    })
  })

  it('of an id that is none is null, without an error', async () => {
    const { data, errors } = await support.query(`{ trip(id: "${newId()}") { id } }`)
    expect([data.trip, errors]).toEqual([null, []])
  })

  it('lead to their order and to what was asked for, and an order to its trips', async () => {
    const { data } = await support.query(
      `{ trip(id: "${done.id}") {
           truckRequest { id status }
           order { id status trips(condition: { isLive: true }) { totalCount nodes { id } } } } }`,
    )
    expect(data.trip).toEqual({
      truckRequest: { id: `${half.id}.1`, status: 'completed' },
      order: { id: half.id, status: 'in_progress', trips: { totalCount: 1, nodes: [{ id: late.id }] } },
    })
  })

  it('have their moves in the order’s events and in its timeline', async () => {
    const own = await make.filled(db.owner, { trucks: 2, started: 2 })
    const [first, last] = own.trips
    if (!first || !last) throw new Error('a trip is missing')
    await db.owner.query('select api.complete_trip($1, $2)', [first.id, 'arrived'])
    const columns = 'fromStatus toStatus tripId tripStatus trucksFilled trucksTotal actor reason'
    const { data } = await support.query(
      `{ orderEvents(condition: { orderId: "${own.id}" }) { nodes { ${columns} } } order(id: "${own.id}") { timeline { ${columns} } } }`,
    )
    const by = { actor: expect.any(String), reason: null }
    const [partly, fully] = [
      { trucksFilled: 1, trucksTotal: 2 },
      { trucksFilled: 2, trucksTotal: 2 },
    ]
    const whole = (fromStatus: string | null, toStatus: string, counts: object) => ({
      ...{ fromStatus, toStatus, tripId: null, tripStatus: null, ...by, ...counts },
    })
    const ofTrip = ({ id }: { id: string }, tripStatus: string, status: string, counts: object, reason = null) => ({
      ...{ fromStatus: status, toStatus: status, tripId: id, tripStatus, ...by, reason, ...counts },
    })
    expect(data.order.timeline).toEqual([
      whole(null, 'active', { trucksFilled: 0, trucksTotal: 2 }),
      whole('active', 'partially_filled', partly),
      ofTrip(first, 'driver_accepted', 'partially_filled', partly),
      whole('partially_filled', 'fully_filled', fully),
      ofTrip(last, 'driver_accepted', 'fully_filled', fully),
      whole('fully_filled', 'in_progress', fully),
      ofTrip(first, 'in_transit', 'in_progress', fully),
      ofTrip(last, 'in_transit', 'in_progress', fully),
      { ...ofTrip(first, 'completed', 'in_progress', fully), reason: 'arrived' },
    ])
    expect(data.orderEvents.nodes).toEqual(data.order.timeline)
  })
})

describe('disputes', async () => {
  const write = (customer: string, order: string, notes: string) =>
    db.owner.query('select api.dispute_cancel($1, $2, $3, $4)', [customer, order, 'customer_request', notes])
  await write(asha, half.id, 'the truck does not come')
  await write(accepted.order.customer, accepted.order.id, 'wrong day')
  const columns = 'id customerId orderId reasonCode notes createdAt'

  it('are shown newest first, with their order', async () => {
    const { data, errors } = await support.query(`{ disputes { totalCount nodes { ${columns} order { id status } } } }`)
    expect(errors).toEqual([])
    expect(data.disputes).toMatchObject({
      totalCount: 2,
      nodes: [
        { orderId: accepted.order.id, notes: 'wrong day', order: { id: accepted.order.id, status: 'fully_filled' } },
        { orderId: half.id, customerId: asha, reasonCode: 'customer_request', notes: 'the truck does not come' },
      ],
    })
    const oldest = await support.query('{ disputes(orderBy: [CREATED_AT_ASC]) { nodes { orderId } } }')
    expect(oldest.data.disputes.nodes.map(({ orderId }) => orderId)).toEqual([half.id, accepted.order.id])
  })

  it('are found by the eight characters that the customer reads out, or by the whole id', async () => {
    const { id } = await one<{ id: string }>(db.owner, 'select id from app.disputes where order_id = $1', [half.id])
    const found = async (idStart: string) => {
      const { data, errors } = await support.query(
        'query ($idStart: String!) { disputes(condition: { idStart: $idStart }) { totalCount nodes { id } } }',
        { idStart },
      )
      expect(errors).toEqual([])
      expect(data.disputes.totalCount).toBe(data.disputes.nodes.length)
      return idsOf(data.disputes)
    }
    expect(await found(id.slice(0, 8))).toEqual([id])
    expect(await found(` ${id.slice(0, 4).toUpperCase()} ${id.slice(4, 8).toUpperCase()} `)).toEqual([id])
    expect(await found(id)).toEqual([id])
    expect(await found(id.slice(9, 18))).toEqual([]) // its middle
    expect(await found(newId().slice(0, 8))).toEqual([])
    expect(await found('%')).toEqual([])
  })

  it('are filtered by customer, and found from their order', async () => {
    const { data } = await support.query(
      `{ disputes(condition: { customerId: "${asha}" }) { nodes { orderId } }
         order(id: "${half.id}") { dispute { notes } } none: order(id: "${old.order.id}") { dispute { notes } } }`,
    )
    expect(data.disputes.nodes).toEqual([{ orderId: half.id }])
    expect([data.order, data.none]).toEqual([{ dispute: { notes: 'the truck does not come' } }, { dispute: null }])
  })

  it('page by page come each once, newest first, also where the times are the same', async () => {
    for (const { customer, id } of await Promise.all(range(6).map(() => make.order(db.owner))))
      await write(customer, id, 'late')
    await db.owner.query(
      "update app.disputes set created_at = date_trunc('hour', created_at) - interval '1 hour' where notes = 'late'",
    )
    const paged: string[] = []
    let after: string | null = null
    for (const _ of range(4)) {
      const { data } = await support.query(
        'query ($after: Cursor) { disputes(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }',
        { after },
      )
      paged.push(...idsOf(data.disputes))
      after = data.disputes.pageInfo.endCursor
    }
    const all = await db.owner.query<{ id: string }>('select id from app.disputes order by created_at desc, id desc')
    expect(paged).toEqual(all.rows.map(({ id }) => id))
  })
})
