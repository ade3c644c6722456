// The real program: what it prints for machines and for people, and what it never prints.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { asAdmin } from './support/admin.ts'
import { copyDatabase } from './support/database.ts'
import { phoneOf } from './support/listening.ts'
import { newId } from './support/make.ts'
import { productionOf } from './support/production.ts'
import { type Program, project, startProgram } from './support/program.ts'
import { testSecret } from './support/secret.ts'
import { asCustomer, asTransporter, type Customer, example, oneTruck, request } from './support/service.ts'
import { until } from './support/until.ts'

const db = await copyDatabase()
const broken = await copyDatabase()
/** In production nothing greets a newcomer: what is printed is the log. */
const production = await productionOf(db.ownerUrl)

const bodies = readdirSync(join(project, 'test/contract/examples')).map((file) => example(file.replace('.json', '')))
const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []
/** Addresses, cities, goods: whatever is long enough to be found by accident only where it was written. */
const written = [...new Set(bodies.flatMap((body) => textsIn(JSON.parse(body))))].filter((text) => text.length > 6)

/** What a token is but for its header, which says nothing and is the same for all. */
const partsOf = (token: string) => token.split('.').slice(1)
const passwordOf = (url = '') => new URL(url).password

/** Nothing that the program has printed, on either stream, holds one of these. */
function expectNone({ output }: Pick<Program, 'output'>, secrets: string[]): void {
  const printed = output.stdout + output.stderr
  const found = secrets.filter((secret) => secret !== '' && printed.includes(secret))
  expect(found).toEqual([])
}

const addresses = ['127.0.0.2', '203.0.113.77']
const personal = (...people: { id: string; token: string }[]) => [
  ...['9876543210', '9123456780', 'Asha', 'Ravi', testSecret, ...addresses, ...written],
  ...people.flatMap(({ id, token }) => [id, ...partsOf(token)]),
]

/** All that a customer may do, well and badly, and what strangers try. */
async function liveThrough({ url, adminUrl }: Program, customer: Customer) {
  const key = `key-${newId()}`
  for (const body of bodies) {
    const { body: made } = await customer.create(body, key + body.length)
    await customer.create(oneTruck) // refused
    if (made.data) await customer.cancel(made.data.order.id, 'because of 9876543210')
  }
  for (const bad of ['{"phone": "9876543210"', '[]', oneTruck.replace('28.63', '"Connaught"'), 'x'.repeat(70_000)])
    await customer.create(bad)
  await customer.get('/orders/9876543210')
  await request(url, 'GET', '/api/v1/nothing?phone=9876543210', undefined, {
    authorization: `Bearer ${customer.token}x`,
    'x-forwarded-for': addresses.join(', '),
    cookie: 'name=Asha',
  })
  const phone = await phoneOf(url, customer.token)
  phone.socket.disconnect()
  const admin = await asAdmin(adminUrl)
  await admin.query('{ orders(condition: { customerPhone: "9876543210" }) { nodes { id customerName } } }')
  await admin.query('{ order(id: "9876543210") { nothing } }')
  await request(adminUrl, 'GET', `/?token=${admin.token}`)
  return [key, ...partsOf(admin.token), admin.userId]
}

describe('LOG_FORMAT=json', async () => {
  const program = await startProgram(production)
  const customer = await asCustomer(program.url)
  const more = await liveThrough(program, customer)
  await until(async () => program.lines().some(({ msg }) => msg === 'due orders expired'), 'the first sweep is told')
  await program.end('SIGTERM')

  it('is one JSON object a line, and nothing else', () => {
    const lines = program.output.stdout.trim().split('\n')
    expect(lines.length).toBeGreaterThan(30)
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), msg: expect.any(String) })
    expect(program.output.stderr).toBe('')
  })

  it('has the tags that operators look for, one line a sweep and one a decision', () => {
    const tagged = (tag: string) => program.lines().filter((line) => line.tag === tag)
    expect(tagged('CleanupJob')[0]).toMatchObject({ closed: 0, durationMs: expect.any(Number) })
    const decided = tagged('getActiveOrderByCustomer').map(({ outcome }) => outcome)
    expect(decided).toContain('created')
    expect(decided).toContain('one_active_order_per_customer')
    expect(decided).toContain('request_is_valid')
  })

  it('holds no phone, address, name, token, secret, password, key or body of anybody', () => {
    expect(written.length).toBeGreaterThan(10)
    const passwords = [db.ownerUrl, production.REST_DATABASE_URL, production.ADMIN_DATABASE_URL].map(passwordOf)
    expect(passwords.every((password) => password.length > 5)).toBe(true)
    expectNone(program, [...personal(customer), ...more, ...passwords])
  })
})

describe('when something is wrong', () => {
  it('a wrong password in REST_DATABASE_URL is printed nowhere, nor is what was asked meanwhile', async () => {
    const wrong = new URL(db.restUrl)
    wrong.password = 'not-the-password-of-weelo-rest'
    const program = await startProgram({ ...production, ROLE: 'api', REST_DATABASE_URL: wrong.href })
    const customer = await asCustomer(program.url)
    const statuses = [(await customer.create()).status, (await request(program.url, 'GET', '/readyz')).status]
    expect(statuses.every((status) => status >= 500)).toBe(true)
    await until(async () => program.output.stdout.includes('28P01'), 'the log says why')
    await program.end('SIGTERM')
    expectNone(program, [wrong.password, 'not-the-password', ...personal(customer)])
  })

  it('a function that fails and quotes the row is told by its code, without the row', async () => {
    await broken.owner.query(
      `create or replace function api.insert_order_fails() returns trigger language plpgsql as $$
       begin raise exception 'it broke' using detail = 'Failing row contains ' || new::text, hint = new.pickup_address; end $$;
       create trigger fails before insert on app.orders for each row execute function api.insert_order_fails()`,
    )
    const program = await startProgram(await productionOf(broken.ownerUrl))
    const customer = await asCustomer(program.url)
    const answer = await customer.create(oneTruck)
    expect([answer.status, answer.body.error.code]).toEqual([500, 'INTERNAL_ERROR'])
    const transporter = await asTransporter(program.url)
    await transporter.accept(`${newId()}.1`, { vehicle: 'MH12AB1234', driver: 'Ravi', phone: '9812345678' })
    await program.end('SIGTERM')
    const line = program.lines().find(({ msg }) => msg === 'request failed')
    expect(line).toMatchObject({ code: 'P0001', message: 'it broke', requestId: answer.body.requestId })
    expectNone(program, ['9812345678', 'MH12AB1234', ...personal(customer, transporter)])
  })
})

describe('LOG_FORMAT=pretty', () => {
  it('prints lines for people, and no JSON', async () => {
    const { PATH = '', HOME = '' } = process.env
    const env = { PATH, HOME, PORT: '0', ADMIN_PORT: '0', JWT_SECRET: testSecret, LOG_FORMAT: 'pretty' }
    const child = spawn(process.execPath, ['src/main.ts'], { cwd: project, env: { ...env, ...production } })
    const exited = once(child, 'exit')
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        printed += chunk
      })
    const apiOf = () => /api: "(http:[^"]+)"/.exec(printed)?.[1] ?? ''
    await until(async () => apiOf() !== '', 'it has started', 30_000)
    const customer = await asCustomer(apiOf())
    await customer.create(oneTruck)
    await until(async () => /INFO: due orders expired/.test(printed), 'the first sweep is told')
    child.kill('SIGTERM')
    await exited
    expect(printed).toMatch(/^\[[\d:. +]+\] INFO: started$/m)
    expect(printed).toMatch(/^ {4}tag: "CleanupJob"$/m)
    expect(printed).toMatch(/^ {4}tag: "getActiveOrderByCustomer"$/m)
    expect(printed.trim()).toMatch(/INFO: stopped$/)
    expect(printed.split('\n').filter((line) => line.trim().startsWith('{'))).toEqual([])
    expectNone({ output: { stdout: printed, stderr: '' } }, personal(customer))
  })
})
