import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { asAdmin, startAdmin } from '../support/admin.ts'
import { copyDatabase } from '../support/database.ts'
import { openStream } from '../support/listening.ts'
import { newId } from '../support/make.ts'
import { asCustomer, asTransporter, oneTruck, request, startService } from '../support/service.ts'

const nowhere = 'postgresql://nobody:x@127.0.0.1:1/nothing'
const db = await copyDatabase()
const broken = await copyDatabase()
const services = {
  whole: (await startService(db)).url,
  broken: (await startService(broken)).url,
  alone: (await startService({ restUrl: nowhere })).url,
}
const admins = {
  whole: (await startAdmin(db)).url,
  broken: (await startAdmin(broken)).url,
  alone: (await startAdmin({ adminUrl: nowhere })).url,
}
const customer = await asCustomer(services.whole)
const admin = await asAdmin(admins.whole)

const whyNot = `{ explainCustomer(customerId: "${newId()}") { whatToDo } }`
await (await asAdmin(admins.broken)).query(whyNot) // what follows is not there at the start, but goes
await broken.owner.query('drop function rest.check_active, api.explain_customer cascade')

const expected = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=15552000',
  'x-content-type-options': 'nosniff',
}
const securityOf = (headers: Headers) =>
  Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)]))

/** What only somebody who wrote or runs this should see. */
const OURS =
  /\n\s+at |node_modules|node:|file:\/\/|\.[jt]s\b|\/(work|home|root|tmp|usr|src|app)\/|pg_|42883|42P01|127\.0\.0\.1/

type Asked = { status: number; headers: Headers; text: string }
const GET = (url: string, path: string, token?: string) =>
  request(url, 'GET', path, undefined, token ? { authorization: `Bearer ${token}` } : {})

describe('the public listener', () => {
  const asks: [number, string, () => Promise<Asked>][] = [
    [201, 'a create', () => customer.create()],
    [409, 'a second create', () => customer.create()],
    [200, 'a read', () => customer.get('/orders/check-active')],
    [400, 'a body that is no JSON', () => customer.create('{"pickup": /etc/passwd')],
    [401, 'no token', () => GET(services.whole, '/api/v1/orders')],
    [403, 'another role', async () => (await asTransporter(services.whole)).get('/orders')],
    [404, 'an unknown order', () => customer.get(`/orders/${newId()}`)],
    [404, 'an unknown address', () => GET(services.whole, '/../../etc/passwd')],
    [404, 'an address that cannot be decoded', () => GET(services.whole, '/%E0%A4%A/%00')],
    [413, 'a body above the limit', () => customer.create('x'.repeat(64 * 1024 + 1))],
    [500, 'a fault of ours', async () => (await asCustomer(services.broken)).get('/orders/check-active')],
    [503, 'no database', async () => (await asCustomer(services.alone)).create()],
    [503, 'no database, at /readyz', () => GET(services.alone, '/readyz')],
    [200, '/livez', () => GET(services.whole, '/livez')],
    [200, 'the description', () => GET(services.whole, '/openapi.json')],
  ]

  it.each(asks)('answers %i with every header and nothing of ours: %s', async (status, _, ask) => {
    const answer = await ask()
    expect(answer.status).toBe(status)
    expect(securityOf(answer.headers)).toEqual(expected)
    if (status >= 400) expect(answer.text).not.toMatch(OURS)
  })

  it('sends them with the answers of Socket.IO', async () => {
    const { status, headers } = await request(services.whole, 'GET', '/socket.io/?EIO=4&transport=polling')
    expect([status, securityOf(headers)]).toEqual([200, expected])
  })

  it('sends them with a stream of events, which is kept by no cache', async () => {
    const { id } = (await customer.get('/orders')).body.data.orders[0] ?? { id: '' }
    const { status, headers, close } = await openStream(services.whole, `/orders/${id}/events`, customer.token)
    await close()
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(securityOf(headers)).toEqual({ ...expected, 'cache-control': 'no-cache, no-store' })
  })

  it('reads a body of 64 KiB, and no more of a larger one than that', async () => {
    const whole = JSON.stringify({ ...JSON.parse(oneTruck), x: '' })
    const padded = (bytes: number) => whole.replace('"x":""', `"x":"${'x'.repeat(bytes - whole.length)}"`)
    const other = await asCustomer(services.whole)
    expect((await other.create(padded(64 * 1024))).status).toBe(201)
    expect((await other.create(padded(64 * 1024 + 1))).status).toBe(413)
  })
})

describe('the admin listener', () => {
  const query = (url: string, text: string) =>
    request(url, 'POST', '/graphql', { query: text }, { authorization: `Bearer ${admin.token}` })
  const pagePolicy = expect.stringMatching(/^default-src 'self'; .*frame-ancestors 'none'/)

  it.each<[number, string, () => Promise<Asked>, unknown]>([
    [200, '/livez', () => GET(admins.whole, '/livez'), expected['content-security-policy']],
    [200, '/metrics', () => GET(admins.whole, '/metrics'), expected['content-security-policy']],
    [200, 'the page', () => GET(admins.whole, '/', admin.token), pagePolicy],
    [200, 'a query', () => query(admins.whole, '{ settings { createsPerMinute } }'), pagePolicy],
    [200, 'a fault of ours', () => query(admins.broken, whyNot), pagePolicy],
    [401, 'no token', () => GET(admins.whole, '/'), pagePolicy],
    [400, 'a query that cannot be read', () => query(admins.whole, '{ '), pagePolicy],
    [413, 'a query above the limit', () => query(admins.whole, 'x'.repeat(70_000)), pagePolicy],
    [404, 'an unknown address', () => GET(admins.whole, '/nothing'), expected['content-security-policy']],
    [503, 'no database', () => query(admins.alone, '{ settings { createsPerMinute } }'), pagePolicy],
    [503, 'no database, at /readyz', () => GET(admins.alone, '/readyz'), expected['content-security-policy']],
  ])('answers %i with every header, the page with a policy of its own: %s', async (status, what, ask, policy) => {
    const { status: answered, headers, text } = await ask()
    expect(answered, text).toBe(status)
    expect(securityOf(headers)).toEqual({ ...expected, 'content-security-policy': policy })
    if (what === 'a fault of ours')
      expect(JSON.parse(text).errors[0].message).toMatch(
        /^Something went wrong on our side\. The log says what, [\w ]+\.$/,
      )
    if (!['the page', '/metrics'].includes(what)) expect(text).not.toMatch(OURS)
  })

  it('lets only the page’s own files be kept, by the browser that asked', async () => {
    const { headers } = await GET(admins.whole, '/ruru-static/ruru.js', admin.token)
    expect(headers.get('cache-control')).toBe('private, max-age=3600')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('what is no HTTP that we understand', () => {
  /** Sends bytes and reads what comes until the other side closes. */
  async function answerTo(bytes: string, url: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.write(bytes)
    await once(socket, 'close')
    return text
  }

  it.each([
    'GET / HTTP/1.1\r\nHost: a b<c>\r\nConnection: close\r\n\r\n',
    'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
    'GET http://[::1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET // HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    'POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
    'GET /socket.io/?EIO=9&transport=none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'nonsense\r\n\r\n',
  ])('is refused without a stack or a path of ours: %j', async (bytes) => {
    for (const url of [services.whole, admins.whole]) {
      const answer = await answerTo(bytes, url)
      expect(answer.split('\r\n')[0]).not.toMatch(/ (200|500) /)
      expect(answer).not.toMatch(OURS)
    }
  })
})
