import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { one, rolledBack } from '../support/database.ts'
import { everything, expectRefused } from '../support/everything.ts'
import { acceptSql, make, newId, newTruck } from '../support/make.ts'

type Trip = { id: string; status: string; vehicle_number: string }

/** An acceptance, as acceptSql wants it: by a new transporter with a truck of their own unless given. */
const attempt = (request: string, { by = newId(), ...given }: { by?: string } & Partial<Truck> = {}) => {
  const { vehicle, driver, phone } = { ...newTruck(), ...given }
  return [request, by, vehicle, driver, phone]
}
type Truck = ReturnType<typeof newTruck>
const accept = (db: pg.Client, ...given: Parameters<typeof attempt>) => one<Trip>(db, acceptSql, attempt(...given))

const countsOf = (db: pg.Client, id: string) =>
  one(db, 'select status, trucks_filled, trucks_total, is_open from app.orders where id = $1', [id])
const trucksOf = async (db: pg.Client, id: string) =>
  (
    await db.query<{ status: string }>('select status from app.truck_requests where order_id = $1 order by 1', [id])
  ).rows.map(({ status }) => status)

describe('accept_truck_request', () => {
  it(
    'fills an order truck by truck: active, partially filled, fully filled',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 3 })
      const bystander = await make.order(db)
      for (const [number, status, is_open] of [
        [2, 'partially_filled', true],
        [1, 'partially_filled', true],
        [3, 'fully_filled', false],
      ]) {
        await accept(db, `${id}.${number}`)
        const promised = await trucksOf(db, id)
        expect(await countsOf(db, id)).toEqual({
          status,
          is_open,
          trucks_filled: promised.filter((truck) => truck === 'assigned').length,
          trucks_total: 3,
        })
      }
      expect(await trucksOf(db, id)).toEqual(['assigned', 'assigned', 'assigned'])
      expect(await countsOf(db, bystander.id)).toMatchObject({ status: 'active' })
      expect(await trucksOf(db, bystander.id)).toEqual(['searching', 'searching'])
    }),
  )

  it(
    'fills the one truck request that was named',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 3 })
      await accept(db, `${id}.2`)
      const { rows } = await db.query(
        'select request_number, status from app.truck_requests where order_id = $1 order by 1',
        [id],
      )
      expect(rows.map(({ status }) => status)).toEqual(['searching', 'assigned', 'searching'])
    }),
  )

  it(
    'returns the trip as api.trips shows it, accepted now',
    rolledBack(async (db) => {
      const { customer, id } = await make.order(db, { trucks: 1 })
      const [transporter, truck] = [newId(), newTruck()]
      const { before } = await one<{ before: Date }>(db, 'select clock_timestamp() as before')
      const trip = await accept(db, `${id}.1`, { by: transporter, ...truck })
      expect(trip).toEqual(await one(db, 'select * from api.trips where id = $1', [trip.id]))
      expect(trip).toMatchObject({
        customer_id: customer,
        order_id: id,
        request_number: 1,
        truck_request_id: `${id}.1`,
        transporter_id: transporter,
        vehicle_number: truck.vehicle,
        driver_name: truck.driver,
        driver_phone: truck.phone,
        status: 'driver_accepted',
        is_live: true,
        started_at: null,
        ended_at: null,
        end_reason: null,
      })
      const { at } = await one<{ at: boolean }>(
        db,
        'select created_at between $2 and clock_timestamp() as at from app.trips where id = $1',
        [trip.id, before],
      )
      expect(at).toBe(true)
    }),
  )

  it(
    'writes a vehicle in upper case without spaces, and a phone without spaces',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 1 })
      const trip = await accept(db, `${id}.1`, { vehicle: ' mh 12\tab 1234 ', phone: '98765 43210' })
      expect(trip).toMatchObject({ vehicle_number: 'MH12AB1234', driver_phone: '9876543210' })
    }),
  )

  it(
    'gives the same transporter with the same vehicle and driver the same trip again, and writes nothing, whatever came of it',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 1 })
      const same = { by: newId(), vehicle: 'mh12', phone: '9876543210' }
      const first = await accept(db, `${id}.1`, same)
      for (const step of ['driver_accepted', 'in_transit', 'completed']) {
        if (step === 'in_transit') await db.query('select api.start_trip($1)', [first.id])
        if (step === 'completed') await db.query("select api.complete_trip($1, 'arrived')", [first.id])
        const before = await everything(db)
        expect(await accept(db, `${id}.1`, { ...same, vehicle: ' MH 12' })).toMatchObject({
          id: first.id,
          status: step,
        })
        expect(await everything(db)).toEqual(before)
      }
    }),
  )

  it.each([
    ['another transporter', { by: newId() }],
    ['another vehicle', { vehicle: 'MH99' }],
    ['another driver', { phone: '9000000000' }],
  ])('is refused when the truck request is taken, to %s', (_, other) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 2 })
      const first = { by: newId(), vehicle: 'MH12', phone: '9876543210' }
      await accept(db, `${id}.1`, first)
      const again = attempt(`${id}.1`, { ...first, ...other })
      const refusal = await expectRefused(db, [acceptSql, again], 'OR409', 'truck_request_is_searching')
      expect(refusal.hint).toContain(id)
      expect(refusal.detail, 'another transporter’s trip is not told to phones').toBeUndefined()
      await accept(db, `${id}.2`)
      await expectRefused(db, [acceptSql, again], 'OR409', 'truck_request_is_searching')
    })(),
  )

  it.each(['cancelled', 'expired'] as const)('is refused when the order is %s', (status) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db, { status })
      const refusal = await expectRefused(db, [acceptSql, attempt(`${id}.1`)], 'OR409', 'order_is_open')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: id, status })
    })(),
  )

  it(
    'is refused when the order is due, though nothing has written that down, and revives nothing',
    rolledBack(async (db) => {
      const nothingFound = await make.order(db, { dueIn: '-1 ms' })
      const refusal = await expectRefused(db, [acceptSql, attempt(`${nothingFound.id}.1`)], 'OR409', 'order_is_open')
      expect(JSON.parse(refusal.detail ?? '')).toEqual({ orderId: nothingFound.id, status: 'expired' })
      const partly = await make.filled(db, { trucks: 2, promised: 1, dueIn: '-1 ms' })
      await expectRefused(db, [acceptSql, attempt(`${partly.id}.2`)], 'OR409', 'order_is_open')
      await db.query('select api.expire_due_orders()')
      await expectRefused(db, [acceptSql, attempt(`${partly.id}.2`)], 'OR409', 'order_is_open')
    }),
  )

  it(
    'is refused for a truck request that was given up, also when its order searches again for another',
    rolledBack(async (db) => {
      const first = await make.filled(db, { trucks: 2 })
      const second = await make.order(db, { customer: first.customer })
      const withdraw = "select api.withdraw_trip($1, 'flat tyre')"
      await db.query(withdraw, [first.trips[0]?.id])
      await db.query('select api.cancel_order($1, $2)', [second.customer, second.id])
      await db.query(withdraw, [first.trips[1]?.id])
      expect(await countsOf(db, first.id)).toMatchObject({ status: 'active', trucks_total: 1 })
      await expectRefused(db, [acceptSql, attempt(`${first.id}.1`)], 'OR409', 'truck_request_is_searching')
      await accept(db, `${first.id}.2`)
      expect(await countsOf(db, first.id)).toMatchObject({ status: 'fully_filled', trucks_filled: 1 })
    }),
  )

  it.each([
    ['one_live_trip_per_vehicle', { vehicle: 'mh 12 ab 1234' }],
    ['one_live_trip_per_driver', { phone: '98765 43210' }],
  ])(
    'is refused by %s while that one is on a live trip, of any customer and transporter, and not after',
    (rule, busy) =>
      rolledBack(async (db) => {
        const [here, there] = [await make.order(db, { trucks: 2 }), await make.order(db, { trucks: 1 })]
        const trip = await accept(db, `${here.id}.1`, { vehicle: 'MH12AB1234', phone: '9876543210' })
        await accept(db, `${here.id}.2`)
        for (const step of ['select $1::uuid', 'select api.start_trip($1)']) {
          await db.query(step, [trip.id])
          const refusal = await expectRefused(db, [acceptSql, attempt(`${there.id}.1`, busy)], 'OR409', rule)
          expect(refusal.hint).toContain(trip.id)
          expect(refusal.detail, 'another transporter’s trip is not told to phones').toBeUndefined()
        }
        await db.query("select api.complete_trip($1, 'arrived')", [trip.id])
        expect(await accept(db, `${there.id}.1`, busy)).toMatchObject({ status: 'driver_accepted' })
      })(),
  )

  it(
    'is refused for a vehicle that has another truck of the same order',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 2 })
      const by = newId()
      await accept(db, `${id}.1`, { by, vehicle: 'MH12', phone: '9876543210' })
      const both = attempt(`${id}.2`, { by, vehicle: 'MH12', phone: '9876543210' })
      await expectRefused(db, [acceptSql, both], 'OR409', 'one_live_trip_per_vehicle')
    }),
  )

  it(
    'is refused for a truck request that does not exist or is no id of one, alike',
    rolledBack(async (db) => {
      const { id } = await make.order(db, { trucks: 2 })
      for (const request of [
        ...[null, '', id, `${id}.`, `${id}.0`, `${id}.3`, `${id}.01`, `${id}.1.1`, `${id}.1000`, ` ${id}.1`],
        ...[`${newId()}.1`, '.1', "' or true --"],
      ])
        await expectRefused(db, [acceptSql, [request, ...attempt('').slice(1)]], 'OR404', 'truck_request_is_known')
      expect(await accept(db, `${id.toUpperCase()}.1`)).toMatchObject({ truck_request_id: `${id}.1` })
    }),
  )

  it.each([
    [{ vehicle: '' }, '23514', 'vehicle_number_is_1_to_20_characters_upper_case_without_spaces'],
    [{ vehicle: ' \t' }, '23514', 'vehicle_number_is_1_to_20_characters_upper_case_without_spaces'],
    [{ vehicle: 'M'.repeat(21) }, '23514', 'vehicle_number_is_1_to_20_characters_upper_case_without_spaces'],
    [{ driver: '' }, '23514', 'driver_name_is_1_to_200_characters'],
    [{ driver: 'é'.repeat(201) }, '23514', 'driver_name_is_1_to_200_characters'],
    [{ phone: '987654321' }, '23514', 'driver_phone_has_10_digits'],
    [{ phone: '+919876543210' }, '23514', 'driver_phone_has_10_digits'],
  ])('refuses %j by the table’s own rule', (truck, code, constraint) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await expectRefused(db, [acceptSql, attempt(`${id}.1`, truck)], code, constraint)
    })(),
  )

  it.each([1, 2, 3, 4])('refuses null for argument %i', (position) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      const before = await everything(db)
      const values: unknown[] = attempt(`${id}.1`)
      values[position] = null
      await db.query('savepoint attempt')
      await expect(db.query(acceptSql, values)).rejects.toMatchObject({ code: '23502' })
      await db.query('rollback to savepoint attempt')
      expect(await everything(db)).toEqual(before)
    })(),
  )
})
