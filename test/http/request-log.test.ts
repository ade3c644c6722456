import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { asAdmin, asRole, startAdmin } from '../support/admin.ts'
import { copyDatabase } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { asCustomer, request, startService } from '../support/service.ts'

const nowhere = 'postgresql://nobody:x@127.0.0.1:1/nothing'
const db = await copyDatabase()
const service = await startService(db)
const alone = await startService({ restUrl: nowhere })
const admins = await startAdmin(db)
const adminsAlone = await startAdmin({ adminUrl: nowhere })

const customer = await asCustomer(service.url)
const admin = await asAdmin(admins.url)
const hashOf = (id: string) => createHash('sha256').update(id).digest('hex').slice(0, 12)

type Lines = { lines: Record<string, unknown>[] }
const requestsIn = ({ lines }: Lines) => lines.filter(({ msg }) => msg === 'request')

describe('a request', () => {
  it('is one line: its id, method, route by pattern, status, duration and the caller as a hash', async () => {
    const before = requestsIn(service).length
    await customer.send('GET', `/api/v1/orders/${newId()}?phone=9876543210`, undefined, { 'x-request-id': 'one-line' })
    const lines = requestsIn(service).slice(before)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toEqual({
      level: 30,
      time: expect.any(Number),
      msg: 'request',
      requestId: 'one-line',
      method: 'GET',
      route: '/api/v1/orders/:orderId',
      status: 404,
      durationMs: expect.any(Number),
      role: 'customer',
      caller: hashOf(customer.id),
    })
    expect(Number.isInteger(lines[0]?.durationMs)).toBe(true)
  })

  it('without a good token has no caller, and none of what was asked when nothing is there', async () => {
    await request(service.url, 'GET', '/api/v1/orders', undefined, { authorization: 'Bearer x.y.z' })
    await request(service.url, 'PURGE', `/coffee/${customer.id}`)
    const [bad, unknown] = requestsIn(service).slice(-2)
    expect([bad?.route, bad?.status, bad?.caller, bad?.role]).toEqual(['/api/v1/orders', 401, undefined, undefined])
    expect([unknown?.method, unknown?.route, unknown?.status]).toEqual(['other', 'other', 404])
  })

  it('of an admin is a line of the same kind', async () => {
    await admin.query('{ settings { createsPerMinute } }')
    expect(requestsIn(admins).at(-1)).toMatchObject({
      route: '/graphql',
      status: 200,
      role: 'admin',
      caller: hashOf(admin.userId),
    })
  })

  it('has its id in every line that it causes', async () => {
    await customer.send('POST', '/api/v1/orders', '{}', { 'x-request-id': 'many-lines' })
    const lines = service.lines.filter(({ requestId }) => requestId === 'many-lines')
    expect(lines.map(({ tag, msg }) => tag ?? msg)).toEqual(['getActiveOrderByCustomer', 'request'])
  })
})

describe('X-Request-Id', async () => {
  const asking = (url: string, method: string, path: string, token?: string) => (requestId: string) =>
    request(url, method, path, method === 'POST' ? '{' : undefined, {
      'x-request-id': requestId,
      ...(token && { authorization: `Bearer ${token}` }),
    })
  /** Where each kind of answer has the id, for those that are refusals. */
  const inBody = (text: string) => {
    const { requestId, errors } = JSON.parse(text)
    return requestId ?? errors[0].extensions.requestId
  }
  const driver = await asRole(admins.url, 'driver')

  const refusals: [number, string, (requestId: string) => ReturnType<typeof request>][] = [
    [400, 'REST', asking(service.url, 'POST', '/api/v1/orders', customer.token)],
    [401, 'REST', asking(service.url, 'GET', '/api/v1/orders')],
    [403, 'REST', asking(service.url, 'GET', '/api/v1/trips', customer.token)],
    [404, 'REST', asking(service.url, 'GET', '/nothing')],
    [503, 'REST', asking(alone.url, 'GET', '/api/v1/orders', customer.token)],
    [503, '/readyz', asking(alone.url, 'GET', '/readyz')],
    [503, '/health of the admins', asking(adminsAlone.url, 'GET', '/health')],
    [400, 'GraphQL', asking(admins.url, 'POST', '/graphql', admin.token)],
    [401, 'GraphQL', asking(admins.url, 'POST', '/graphql')],
    [403, 'GraphQL', asking(admins.url, 'POST', '/graphql', driver.token)],
    [404, 'the admin listener', asking(admins.url, 'GET', '/nothing')],
    [503, 'GraphQL', asking(adminsAlone.url, 'POST', '/graphql', admin.token)],
  ]

  it.each(refusals)('that was given comes back in the header and in the body of a %i: %s', async (status, _, ask) => {
    const answer = await ask('Given_1.2-3')
    expect([answer.status, answer.headers.get('x-request-id'), inBody(answer.text)]).toEqual([
      status,
      'Given_1.2-3',
      'Given_1.2-3',
    ])
  })

  it('comes back with what succeeds, too', async () => {
    const asked = [asking(service.url, 'GET', '/livez'), asking(service.url, 'GET', '/api/v1/orders', customer.token)]
    for (const ask of asked) expect((await ask('good')).headers.get('x-request-id')).toBe('good')
  })

  it.each([
    ['too long', 'x'.repeat(101)],
    ['with spaces', 'two words'],
    ['with a quote', '"quoted"'],
    ['with a slash', '../../x'],
    ['with another alphabet', '\u00e9\u00e9'],
    ['empty', ''],
  ])('that is odd is replaced by one of ours: %s', async (_, given) => {
    const { headers, text } = await asking(service.url, 'GET', '/nothing')(given)
    const ours = headers.get('x-request-id')
    expect(ours).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    expect(inBody(text)).toBe(ours)
    expect(requestsIn(service).at(-1)?.requestId).toBe(ours)
  })

  it('of a hundred characters is not too long', async () => {
    const longest = 'x'.repeat(100)
    expect((await asking(service.url, 'GET', '/livez')(longest)).headers.get('x-request-id')).toBe(longest)
  })
})
