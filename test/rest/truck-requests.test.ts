import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { dueAt, newId, newTruck } from '../support/make.ts'
import { rowsOfOrder } from '../support/rows-of-order.ts'
import { asCustomer, asTransporter, oneTruck, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)
const rowsOf = (orderId: string) => rowsOfOrder(db.owner, orderId)

/** An order of one truck of a type that no other test asks for. */
async function withOrder(vehicleType = newId(), vehicleSubtype = '17 Feet', quantity = 1) {
  const customer = await asCustomer(service.url)
  const vehicleRequirements = [{ vehicleType, vehicleSubtype, quantity, pricePerTruck: 3555 }]
  const { order, truckRequests } = (await customer.create({ ...JSON.parse(oneTruck), vehicleRequirements })).body.data
  return { customer, vehicleType, order, request: truckRequests[0]?.id ?? '' }
}

describe('GET /orders/active', () => {
  it('offers the truck requests that search now, newest first, and tells nothing of the customer', async () => {
    const first = await withOrder()
    const second = await withOrder(first.vehicleType, '17 Feet', 2)
    const { get } = await asTransporter(service.url)
    const { text, body } = await get(`/orders/active?vehicleType=${first.vehicleType}`)
    expect(body.data.truckRequests.map((r) => r.truckRequestId)).toEqual([
      `${second.order.id}.1`,
      `${second.order.id}.2`,
      `${first.order.id}.1`,
    ])
    expect(body.data.truckRequests[2]).toMatchObject({
      orderId: first.order.id,
      requestNumber: 1,
      vehicleSubtype: '17 Feet',
      pricePerTruck: 3555,
      distanceKm: 237,
      goodsType: 'General',
      expiresAt: first.order.expiresAt,
    })
    for (const personal of ['Asha', '9876543210', first.customer.id]) expect(text).not.toContain(personal)
  })

  it('finds a type and a subtype whatever their case, their spaces, and Feet or ft', async () => {
    const { vehicleType, order } = await withOrder()
    await withOrder(vehicleType, '19 Feet')
    const { get } = await asTransporter(service.url)
    for (const subtype of ['17 Feet', '17ft', '17 FT', ' 1 7 fEeT'])
      expect(
        (
          await get(
            `/orders/active?vehicleType=%20${vehicleType.toUpperCase()}&vehicleSubtype=${encodeURIComponent(subtype)}`,
          )
        ).body.data.truckRequests.map((r) => r.truckRequestId),
      ).toEqual([`${order.id}.1`])
  })

  it('offers nothing that is taken, cancelled or past its time, with no worker running', async () => {
    const [taken, cancelled, due] = [await withOrder(newId(), '17 Feet', 2), await withOrder(), await withOrder()]
    const transporter = await asTransporter(service.url)
    const offered = async () => {
      const types = [taken, cancelled, due].map(({ vehicleType }) => `/orders/active?vehicleType=${vehicleType}`)
      return (await Promise.all(types.map(transporter.get))).map(({ body }) => body.data.truckRequests.length)
    }
    expect(await offered()).toEqual([2, 1, 1])
    await transporter.accept(taken.request)
    await cancelled.customer.cancel(cancelled.order.id)
    await dueAt(db.owner, due.customer.id, due.order.id, '-1 ms')
    expect(await offered()).toEqual([1, 0, 0])
    await transporter.accept(`${taken.order.id}.2`)
    expect(await offered()).toEqual([0, 0, 0])
  })

  it('comes a page at a time', async () => {
    const { vehicleType, order } = await withOrder(newId(), '17 Feet', 5)
    const { get } = await asTransporter(service.url)
    const { body } = await get(`/orders/active?vehicleType=${vehicleType}&page=2&limit=2`)
    expect(body.data).toMatchObject({ page: 2, limit: 2 })
    expect(body.data.truckRequests.map((r) => r.truckRequestId)).toEqual([`${order.id}.3`, `${order.id}.4`])
  })

  it.each([
    'page=0',
    'limit=0',
    'limit=101',
    'limit=ten',
    'vehicleType=',
    'vehicleSubtype=%00',
    `vehicleType=${'x'.repeat(101)}`,
  ])('answers 400 to %s', async (query) => {
    const { get } = await asTransporter(service.url)
    const { status, body } = await get(`/orders/active?${query}`)
    expect([status, body.error.rule]).toEqual([400, 'request_is_valid'])
  })
})

describe('POST /orders/accept', () => {
  it('answers the trip, with vehicle and driver in one spelling and whom to ring', async () => {
    const { order, request, vehicleType } = await withOrder()
    const transporter = await asTransporter(service.url)
    const [vehicle, phone] = [newTruck().vehicle, newTruck().phone]
    const spelled = { vehicle: ` ${vehicle.toLowerCase().replace('mh', 'mh ')} `, driver: 'Ravi', phone: ` ${phone} ` }
    const { status, body } = await transporter.accept(request, spelled)
    expect(status).toBe(200)
    const { trip } = body.data
    expect(trip).toMatchObject({
      assignmentId: trip.tripId,
      orderId: order.id,
      truckRequestId: request,
      status: 'driver_accepted',
      vehicleNumber: vehicle,
      vehicleType,
      pricePerTruck: 3555,
      driverName: 'Ravi',
      driverPhone: phone,
      customerName: 'Asha',
      customerPhone: '9876543210',
    })
    expect(
      await one(db.owner, 'select actor from app.order_events where order_id = $1 and trip_id = $2', [
        order.id,
        trip.tripId,
      ]),
    ).toEqual({ actor: `transporter ${transporter.id}` })
  })

  it('shows the customer the truck in the order, and the order filled', async () => {
    const { customer, order, request } = await withOrder()
    const transporter = await asTransporter(service.url)
    const truck = newTruck()
    const { tripId } = (await transporter.accept(request, truck)).body.data.trip
    const { body } = await customer.get(`/orders/${order.id}`)
    expect(body.data.order).toMatchObject({ status: 'fully_filled', trucksFilled: 1 })
    expect(body.data.requests).toMatchObject([
      {
        status: 'assigned',
        tripId,
        assignedTransporterId: transporter.id,
        assignedVehicleNumber: truck.vehicle,
        assignedDriverName: truck.driver,
        assignedDriverPhone: truck.phone,
      },
    ])
    expect((await customer.get('/orders/check-active')).body.data.hasActiveOrder).toBe(false)
  })

  it('answers the same attempt again with the same trip, also in another spelling, and writes nothing', async () => {
    const { order, request } = await withOrder()
    const transporter = await asTransporter(service.url)
    const truck = newTruck()
    const first = await transporter.accept(request, truck)
    const before = await rowsOf(order.id)
    const again = await transporter.accept(request, truck)
    const spelled = await transporter.accept(request.toUpperCase(), {
      ...truck,
      vehicle: ` ${truck.vehicle.toLowerCase()}`,
      driver: 'Somebody',
    })
    expect([first.status, again.status, spelled.status]).toEqual([200, 200, 200])
    expect([again.text, spelled.text]).toEqual([first.text, first.text])
    expect(await rowsOf(order.id)).toEqual(before)
  })

  it('answers 409 truck_request_is_searching when another was faster, and changes nothing', async () => {
    const { order, request } = await withOrder()
    const faster = await asTransporter(service.url)
    await faster.accept(request)
    const before = await rowsOf(order.id)
    for (const { accept } of [await asTransporter(service.url), faster]) {
      const { status, body } = await accept(request, newTruck())
      expect([status, body.error.code, body.error.rule]).toEqual([
        409,
        'TRUCK_REQUEST_TAKEN',
        'truck_request_is_searching',
      ])
    }
    expect(await rowsOf(order.id)).toEqual(before)
  })

  it.each([
    [
      'cancelled',
      (order: string, customer: string) => db.owner.query('select api.cancel_order($1, $2)', [customer, order]),
    ],
    ['expired', (order: string, customer: string) => dueAt(db.owner, customer, order, '-1 ms')],
  ] as const)('answers 409 order_is_open when the order is %s, and promises nothing', async (truth, close) => {
    const { order, request, customer } = await withOrder()
    await close(order.id, customer.id)
    const { accept } = await asTransporter(service.url)
    const { status, body } = await accept(request)
    expect([status, body.error.code, body.error.rule]).toEqual([409, 'ORDER_CLOSED', 'order_is_open'])
    expect(body.error.data).toEqual({ orderId: order.id, status: truth })
    expect(
      await one(db.owner, 'select count(*)::integer as trips from app.trips where order_id = $1', [order.id]),
    ).toEqual({ trips: 0 })
  })

  it.each([
    ['one_live_trip_per_vehicle', 'VEHICLE_BUSY', { vehicle: true }],
    ['one_live_trip_per_driver', 'DRIVER_BUSY', { phone: true }],
  ] as const)('answers 409 %s when it is on a trip already, and the order searches on', async (rule, code, same) => {
    const [first, second] = [await withOrder(), await withOrder()]
    const busy = newTruck()
    const { tripId } = (await (await asTransporter(service.url)).accept(first.request, busy)).body.data.trip
    const before = await rowsOf(second.order.id)
    const truck = {
      ...newTruck(),
      ...('vehicle' in same && { vehicle: busy.vehicle.toLowerCase().replace('mh', 'm h') }),
      ...('phone' in same && { phone: `${busy.phone.slice(0, 5)} ${busy.phone.slice(5)}` }),
    }
    const { status, text, body } = await (await asTransporter(service.url)).accept(second.request, truck)
    expect([status, body.error.code, body.error.rule]).toEqual([409, code, rule])
    expect(text).not.toContain(tripId)
    expect(await rowsOf(second.order.id)).toEqual(before)
  })

  it('answers the same 404 for an unknown truck request and for one that is none', async () => {
    const { order, request } = await withOrder()
    const { send } = await asTransporter(service.url)
    const { vehicle: vehicleNumber, driver: driverName, phone: driverPhone } = newTruck()
    const answers = []
    for (const truckRequestId of [`${newId()}.1`, `${order.id}.2`, order.id, `${request}0`, `${request}.1`, 'x', ''])
      answers.push(
        await send(
          'POST',
          '/orders/accept',
          { truckRequestId, vehicleNumber, driverName, driverPhone },
          { 'x-request-id': 'same' },
        ),
      )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]?.body.error).toMatchObject({ code: 'TRUCK_REQUEST_NOT_FOUND', rule: 'truck_request_is_known' })
  })

  it.each([
    ['truckRequestId', { truckRequestId: 5 }],
    ['truckRequestId', { truckRequestId: null }],
    ['truckRequestId', { truckRequestId: 'a\0b' }],
    ['vehicleNumber', { vehicleNumber: '' }],
    ['vehicleNumber', { vehicleNumber: ' \t ' }],
    ['vehicleNumber', { vehicleNumber: 'M H'.repeat(10).concat('x') }],
    ['vehicleNumber', { vehicleNumber: 'MH\0' }],
    ['vehicleNumber', { vehicleNumber: undefined }],
    ['driverName', { driverName: '' }],
    ['driverName', { driverName: 'x'.repeat(201) }],
    ['driverPhone', { driverPhone: '987654321' }],
    ['driverPhone', { driverPhone: '98765432101' }],
    ['driverPhone', { driverPhone: '+919876543210' }],
    ['driverPhone', { driverPhone: '٩٨٧٦٥٤٣٢١٠' }],
    ['driverPhone', { driverPhone: 9876543210 }],
  ])('answers 400 that names %s, and promises nothing', async (path, change) => {
    const { order, request: truckRequestId } = await withOrder()
    const before = await rowsOf(order.id)
    const { vehicle: vehicleNumber, driver: driverName, phone: driverPhone } = newTruck()
    const right = { truckRequestId, vehicleNumber, driverName, driverPhone }
    const { send } = await asTransporter(service.url)
    const { status, body } = await send('POST', '/orders/accept', { ...right, ...change })
    expect([status, body.error.code, body.error.rule]).toEqual([400, 'VALIDATION_ERROR', 'request_is_valid'])
    expect(body.error.data.fields.map((field) => field.path)).toContain(path)
    expect(await rowsOf(order.id)).toEqual(before)
    expect((await send('POST', '/orders/accept', right)).status).toBe(200)
  })

  it('names the field when only the database finds fault with it', async () => {
    const { request } = await withOrder()
    const { accept } = await asTransporter(service.url)
    // Twenty characters and a space that JavaScript knows as one and the database does not.
    const { status, body } = await accept(request, { ...newTruck(), vehicle: `${'K'.repeat(20)}\ufeff` })
    expect([status, body.error.rule]).toEqual([400, 'vehicle_number_is_1_to_20_characters_upper_case_without_spaces'])
    expect(body.error.data.fields.map((field) => field.path)).toEqual(['vehicleNumber'])
  })

  it('takes a vehicle number of 20 characters, spaces not counted', async () => {
    const { request } = await withOrder()
    const { accept } = await asTransporter(service.url)
    const vehicle = `${newTruck().vehicle}${newTruck().phone.slice(0, 8)}`
    const { body } = await accept(request, { ...newTruck(), vehicle: [...vehicle].join(' ') })
    expect(body.data.trip.vehicleNumber).toBe(vehicle)
    expect(vehicle).toHaveLength(20)
  })
})
