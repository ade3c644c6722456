import { describe, expect, it } from 'vitest'
import { problemByRule, problemBySqlState } from '../../src/rest/problems.ts'
import { copyDatabase } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { asCustomer, oneTruck, startService } from '../support/service.ts'

const db = await copyDatabase()
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
    const raises = await db.owner.query(
      `select from pg_proc p, regexp_matches(p.prosrc, '\\mraise exception\\M', 'gi')
       where p.pronamespace in ('api'::regnamespace, 'rest'::regnamespace, 'app'::regnamespace)`,
    )
    expect(rows.length).toBeGreaterThanOrEqual(10)
    expect(rows, 'every raise names an OR code and a rule').toHaveLength(raises.rowCount ?? 0)
    expect(rows.filter(({ rule, code }) => !(rule in problemByRule) && !(code in problemBySqlState))).toEqual([])
  })

  it('that is a unique index of an order has its words, but for the key itself', async () => {
    const { rows } = await db.owner.query<{ name: string }>(
      `select i.indexrelid::regclass::text as name from pg_index i
       where i.indrelid = 'app.orders'::regclass and i.indisunique and not i.indisprimary`,
    )
    const names = rows.map(({ name }) => name.replace('app.', ''))
    expect(names).toContain('one_active_order_per_customer')
    expect(names.filter((name) => !(name in problemByRule))).toEqual([])
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
