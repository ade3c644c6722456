import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { explain } from '../../src/rest/explain.ts'
import { problemByRule, problemBySqlState } from '../../src/rest/problems.ts'
import { copyDatabase } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { asCustomer, asTransporter, oneTruck, request, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)
const problems = Object.entries({ ...problemByRule, ...problemBySqlState })

describe('every message', () => {
  const offenders = (isWrong: (problem: (typeof problems)[number][1]) => boolean) =>
    problems.filter(([, problem]) => isWrong(problem)).map(([rule, { message }]) => `${rule}: ${message}`)

  it('holds no word that makes the app send the order again', () => {
    expect(offenders(({ message }) => /network|timeout|connection|unable to resolve host/i.test(message))).toEqual([])
  })

  it('says "active order" only where the app should show that screen', () => {
    const says = problems.filter(([, { message }]) => /active order/i.test(message))
    expect(says.map(([rule, { code }]) => [rule, code])).toEqual([
      ['one_active_order_per_customer', 'ACTIVE_ORDER_EXISTS'],
    ])
    expect(problems.filter(([, { code }]) => code === 'ACTIVE_ORDER_EXISTS')).toHaveLength(1)
  })

  it('says what happened, and then what to do', () => {
    const sentences = (message: string) => message.match(/[^.!?]+[.!?](\s|$)/g) ?? []
    expect(offenders(({ message }) => sentences(message).length < 2)).toEqual([])
  })

  it('comes with a code in capitals and the status of an error', () => {
    expect(offenders(({ status, code }) => status < 400 || !/^[A-Z]+(_[A-Z]+)*$/.test(code))).toEqual([])
  })
})

describe('every rule of the database', () => {
  it('that a function can refuse has its words', async () => {
    const { rows } = await db.owner.query<{ rule: string; code: string; func: string }>(
      `select p.oid::regprocedure::text as func, m[1] as code, m[2] as rule
       from pg_proc p, regexp_matches(p.prosrc, 'errcode\\s*=\\s*''(OR\\d{3})'',\\s*constraint\\s*=\\s*''(\\w+)''', 'g') m
       where p.pronamespace in ('api'::regnamespace, 'rest'::regnamespace, 'app'::regnamespace)`,
    )
    // The readiness check refuses with a code of PostgreSQL's own, which no client is told.
    const raises = await db.owner.query(
      `select from pg_proc p, regexp_matches(p.prosrc, '\\mraise exception\\M', 'gi')
       where p.pronamespace in ('api'::regnamespace, 'rest'::regnamespace, 'app'::regnamespace)
         and p.oid <> 'rest.database_state'::regproc`,
    )
    const passed = await db.owner.query<{ rule: string }>(
      `select m[1] as rule from pg_proc p, regexp_matches(p.prosrc, 'api\\.refuse_busy\\(\\w+, ''(\\w+)''', 'g') m`,
    )
    expect(rows.length).toBeGreaterThanOrEqual(20)
    expect(rows, 'every raise but refuse_busy names an OR code and a rule').toHaveLength((raises.rowCount ?? 0) - 1)
    expect(passed.rows.map(({ rule }) => rule).sort()).toEqual([
      'one_live_trip_per_driver',
      'one_live_trip_per_vehicle',
    ])
    expect(passed.rows.filter(({ rule }) => !(rule in problemByRule))).toEqual([])
    expect(rows.filter(({ rule, code }) => !(rule in problemByRule) && !(code in problemBySqlState))).toEqual([])
  })

  it('that is a unique index of an order or of its trips has its words, but for the key itself', async () => {
    const { rows } = await db.owner.query<{ name: string }>(
      `select i.indexrelid::regclass::text as name from pg_index i
       where i.indrelid in ('app.orders'::regclass, 'app.truck_requests'::regclass, 'app.trips'::regclass, 'app.disputes'::regclass)
         and i.indisunique and not i.indisprimary`,
    )
    const names = rows.map(({ name }) => name.replace('app.', ''))
    expect(names).toEqual(expect.arrayContaining(['one_active_order_per_customer', 'one_trip_per_truck_request']))
    expect(names.filter((name) => !(name in problemByRule))).toEqual([])
  })

  it('that judges what a transporter or a dispute says names the field by the name it was sent under', async () => {
    const { rows } = await db.owner.query<{ name: string }>(
      `select c.conname as name from pg_constraint c
       where c.conrelid in ('app.trips'::regclass, 'app.disputes'::regclass) and c.contype = 'c'
         and c.conname not in ('trip_status_is_known', 'trip_times_fit_status')`,
    )
    const pathOf = (constraint: string) =>
      explain(Object.assign(new pg.DatabaseError('', 0, 'error'), { code: '23514', constraint })).data
    expect(Object.fromEntries(rows.map(({ name }) => [name, pathOf(name)]))).toMatchObject({
      vehicle_number_is_1_to_20_characters_upper_case_without_spaces: { fields: [{ path: 'vehicleNumber' }] },
      driver_name_is_1_to_200_characters: { fields: [{ path: 'driverName' }] },
      driver_phone_has_10_digits: { fields: [{ path: 'driverPhone' }] },
      trip_end_reason_is_at_most_500_characters: { fields: [{ path: 'reason' }] },
      dispute_reason_code_is_1_to_100_characters: { fields: [{ path: 'reasonCode' }] },
      dispute_notes_are_at_most_2000_characters: { fields: [{ path: 'notes' }] },
    })
    expect(rows).toHaveLength(6)
  })
})

describe('every refusal', () => {
  it('tells the rule to programs, beside the message for people', async () => {
    const [customer, stranger] = [await asCustomer(service.url), await asTransporter(service.url)]
    const { id } = (await customer.create()).body.data.order
    const refusals = [
      await customer.create(),
      await customer.create('{}'),
      await customer.get(`/orders/${newId()}`),
      await customer.get('/nothing'),
      await stranger.start(newId()),
      await stranger.get(`/orders/${id}`),
      await customer.get('/trips'),
      await request(service.url, 'GET', '/api/v1/trips'),
    ]
    expect(refusals.map(({ status, body }) => [status, body.error.rule])).toEqual([
      [409, 'one_active_order_per_customer'],
      [400, 'request_is_valid'],
      [404, 'order_is_known'],
      [404, 'route_is_known'],
      [404, 'trip_is_known'],
      [403, 'role_is_customer'],
      [403, 'role_is_transporter'],
      [401, 'token_is_valid'],
    ])
  })
})

describe('an error that nobody foresaw', () => {
  it('answers 500 and keeps the driver’s words to the log', async () => {
    const broken = await copyDatabase()
    const { url, lines } = await startService(broken)
    await broken.owner.query('drop function rest.check_active(uuid)')
    const customer = await asCustomer(url)
    const { status, text, body } = await customer.get('/orders/check-active')
    expect([status, body.success, body.error.code]).toEqual([500, false, 'INTERNAL_ERROR'])
    expect(Object.keys(body.error)).toEqual(['code', 'message'])
    expect(body.error.message).toBe(problemBySqlState['']?.message)
    expect(text).not.toMatch(/check_active|function|42883|weelo|select|hint/i)
    expect(JSON.stringify(lines)).toContain('42883')
  })

  it('answers 503 with Retry-After of at least 1 when there is no database', async () => {
    const { url } = await startService({ restUrl: 'postgresql://weelo_rest:secret@127.0.0.1:1/nothing' })
    const customer = await asCustomer(url)
    const id = newId()
    for (const answer of [
      await customer.create(oneTruck, newId()),
      await customer.get('/orders/check-active'),
      await customer.get(`/orders/${id}/status`),
      await customer.cancel(id),
    ]) {
      expect([answer.status, answer.body.success, answer.body.error.code]).toEqual([503, false, 'SERVICE_UNAVAILABLE'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
      expect(answer.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|weelo|connect/i)
    }
  })
})
