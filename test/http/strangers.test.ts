import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { STRANGERS_PER_MINUTE, strangersWithinLimit } from '../../src/http/strangers.ts'
import { signToken } from '../../src/token.ts'
import { asAdmin, startAdmin } from '../support/admin.ts'
import { copyDatabase } from '../support/database.ts'
import { phoneOf } from '../support/listening.ts'
import { newId } from '../support/make.ts'
import { productionOf } from '../support/production.ts'
import { startProgram } from '../support/program.ts'
import { crowd, range, tally } from '../support/scale.ts'
import { testSecret } from '../support/secret.ts'
import { asCustomer, request, startService } from '../support/service.ts'

const db = await copyDatabase()

/** A service that nobody has called. */
async function startFresh(trustedProxies = 0) {
  const { url } = await startService(db, 2, undefined, { trustedProxies })
  return { url, ...strangersTo(url) }
}

/** The ways to call without a sign-in. */
function strangersTo(url: string) {
  const from = (forwarded?: string): Record<string, string> =>
    forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const knock = (forwarded?: string, path = '/api/v1/orders/check-active') =>
    request(url, 'GET', path, undefined, { authorization: 'Bearer x.y.z', ...from(forwarded) })
  const knocks = async (times: number, forwarded?: (n: number) => string, path?: string) =>
    tally((await crowd(range(times), 10, (n) => knock(forwarded?.(n), path))).map(({ status }) => status))
  return { knock, knocks }
}

describe('from one address', async () => {
  const { url, knock, knocks } = await startFresh()

  it('300 bad tokens a minute are 401, and the next is 429 that says when to come again', async () => {
    expect(STRANGERS_PER_MINUTE).toBe(300)
    expect(await knocks(STRANGERS_PER_MINUTE)).toEqual({ 401: STRANGERS_PER_MINUTE })
    const { status, headers, body } = await knock()
    expect([status, body.error.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
    expect(body.error.rule).toBe('calls_without_sign_in_within_limit')
    const seconds = Number(headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(body.error.data.retryAfterSeconds).toBe(seconds)
    expect(headers.get('x-request-id')).toBe(body.requestId)
  })

  it('no token at all, an address that is not there and the description are 429 too, from then on', async () => {
    const asked = [
      await request(url, 'POST', '/api/v1/orders', '{}'),
      await request(url, 'GET', '/nothing'),
      await request(url, 'DELETE', '/livez'),
      await request(url, 'GET', '/openapi.json'),
    ]
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 429, 429])
  })

  it('a phone whose sign-in has ended hears 401 all the same, at which it signs in again', async () => {
    const ended = await signToken(testSecret, { userId: newId(), phone: '9876543210', role: 'customer' }, '1 s ago')
    const headers = { authorization: `Bearer ${ended}` }
    expect((await request(url, 'GET', '/api/v1/orders/check-active', undefined, headers)).status).toBe(401)
    const refused = await phoneOf(url, ended).catch((error) => error)
    expect(refused.data).toEqual({ code: 'UNAUTHORIZED' })
  })

  it('a good token at an address that is not there hears 404 all the same', async () => {
    const customer = await asCustomer(url)
    expect((await customer.get('/nothing')).status).toBe(404)
    expect((await customer.send('GET', '/openapi.json')).status).toBe(200)
  })

  it('a socket with a bad token is told so too', async () => {
    const refused = await phoneOf(url, 'x.y.z').catch((error) => error)
    expect(refused.data).toEqual({ code: 'RATE_LIMIT_EXCEEDED' })
  })

  it('a good token still passes: an order is placed, listened to and cancelled', async () => {
    const customer = await asCustomer(url)
    const created = await customer.create()
    expect(created.status).toBe(201)
    const phone = await phoneOf(url, customer.token)
    phone.join(created.body.data.order.id)
    await phone.hears('booking_updated')
    expect((await customer.cancel(created.body.data.order.id)).status).toBe(200)
  })

  it('health is answered to everybody', async () => {
    for (const path of ['/livez', '/readyz', '/health', '/version'])
      expect((await request(url, 'GET', path)).status).toBe(200)
  })
})

describe('what counts', () => {
  it.each([
    ['an address that is not there', '/api/v1/nothing', 404],
    ['the description', '/openapi.json', 200],
    ['a bad token', '/api/v1/orders', 401],
  ])('%s counts', async (_, path, status) => {
    const { knock, knocks } = await startFresh()
    await knocks(STRANGERS_PER_MINUTE - 1)
    expect((await knock(undefined, path)).status).toBe(status)
    expect((await knock()).status).toBe(429)
  })

  it('health does not, nor does a good token, nor one of another role', async () => {
    const { url, knock, knocks } = await startFresh()
    const customer = await asCustomer(url)
    const more = STRANGERS_PER_MINUTE / 4 + 1
    for (const path of ['/livez', '/readyz', '/health', '/version'])
      expect(await knocks(more, undefined, path)).toEqual({ 200: more })
    await crowd(range(2 * more), 10, () => customer.get('/orders/check-active'))
    await crowd(range(2 * more), 10, () => customer.get('/trips'))
    expect((await knock()).status).toBe(401)
  })
})

describe('X-Forwarded-For', () => {
  /** How the last of 301 strangers is answered, who says each time something else. */
  const lastOf = async (trustedProxies: number, forwarded: (n: number) => string) => {
    const { knock, knocks } = await startFresh(trustedProxies)
    await knocks(STRANGERS_PER_MINUTE, forwarded)
    return (await knock(forwarded(STRANGERS_PER_MINUTE))).status
  }
  const someone = (n: number) => `198.51.${n >> 8}.${n & 255}`

  it.each<[string, number, (n: number) => string, number]>([
    ['is nobody’s word without a proxy', 0, someone, 429],
    ['is the word of one proxy in its last entry', 1, someone, 401],
    ['before that is what anybody may write', 1, (n) => `${someone(n)}, 203.0.113.7`, 429],
    ['of two proxies is their word in the last but one', 2, (n) => `${someone(n)},203.0.113.7`, 401],
    ['of two proxies names the nearer proxy last', 2, (n) => `203.0.113.7, ${someone(n)}`, 429],
    ['before the last two is what anybody may write', 2, (n) => `${someone(n)}, 203.0.113.7, 203.0.113.8`, 429],
    ['with too few entries for two proxies is not believed', 2, someone, 429],
    ['that is empty is not believed', 1, () => '', 429],
  ])('%s', async (_, trustedProxies, forwarded, status) => {
    expect(await lastOf(trustedProxies, forwarded)).toBe(status)
  })

  it('keeps strangers of other addresses apart', async () => {
    const { knock, knocks } = await startFresh(1)
    await knocks(STRANGERS_PER_MINUTE, () => '203.0.113.7')
    expect([(await knock('203.0.113.7')).status, (await knock('203.0.113.8')).status]).toEqual([429, 401])
  })
})

it('the program takes from TRUSTED_PROXIES whom to believe', async () => {
  const { url, end } = await startProgram({ ...(await productionOf(db.ownerUrl)), ROLE: 'api', TRUSTED_PROXIES: '1' })
  const { knock, knocks } = strangersTo(url)
  await knocks(STRANGERS_PER_MINUTE, () => '203.0.113.7')
  expect([(await knock('203.0.113.7')).status, (await knock('203.0.113.8')).status]).toEqual([429, 401])
  await end('SIGTERM')
})

it('sockets with bad tokens are counted with the requests of their address', async () => {
  const { url, knocks } = await startFresh()
  await knocks(STRANGERS_PER_MINUTE - 1)
  const codes: string[] = []
  for (const _ of range(2)) codes.push((await phoneOf(url, 'x.y.z').catch((error) => error)).data.code)
  expect(codes).toEqual(['UNAUTHORIZED', 'RATE_LIMIT_EXCEEDED'])
})

it('who shows a token of ours, good or ended, is not counted, wherever it asks', async () => {
  const { url, knocks } = await startFresh()
  const customer = await asCustomer(url)
  const ended = await signToken(testSecret, { userId: newId(), phone: '9876543210', role: 'customer' }, '1 s ago')
  await crowd(range(STRANGERS_PER_MINUTE), 10, () => customer.get('/nothing'))
  const headers = { authorization: `Bearer ${ended}` }
  await crowd(range(STRANGERS_PER_MINUTE), 10, () => request(url, 'GET', '/api/v1/trips', undefined, headers))
  expect(await knocks(STRANGERS_PER_MINUTE)).toEqual({ 401: STRANGERS_PER_MINUTE })
})

it('strangers at the admins’ door are counted too, and told when to come again', async () => {
  const { url } = await startAdmin(db)
  const knock = (token: string) => request(url, 'POST', '/graphql', '{}', { authorization: `Bearer ${token}` })
  const statuses = await crowd(range(STRANGERS_PER_MINUTE), 10, async () => (await knock('x.y.z')).status)
  expect(tally(statuses)).toEqual({ 401: STRANGERS_PER_MINUTE })
  const { status, headers, text } = await knock('x.y.z')
  expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect((await request(url, 'GET', '/?token=x.y.z')).status).toBe(429)
  const admin = await asAdmin(url)
  expect((await admin.query('{ settings { createsPerMinute } }')).status).toBe(200)
})

it('a header that is not believed is said to the log, once', async () => {
  const lines: string[] = []
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line).msg) })
  const from = { forwardedFor: '203.0.113.9', remote: '127.0.0.1' }
  const [unbelieved, believed] = [strangersWithinLimit(0, log), strangersWithinLimit(1, log)]
  for (const count of [believed, unbelieved, unbelieved]) await count(from)
  expect(lines).toEqual([expect.stringMatching(/not believed.*TRUSTED_PROXIES/)])
})

describe('an address', () => {
  it.each([
    ['in full', '2001:db8:1:1:0:0:0:1', '2001:db8:1:1:ffff:ffff:ffff:ffff', '2001:db8:1:2:0:0:0:1'],
    ['shortened', '2001:db8:2:1::1', '2001:db8:2:1:a::2', '2001:db8:2:2::1'],
    ['shortened before the fourth part', '2001:db8::1', '2001:0db8:0:0:a::2', '2001:db8:0:1::1'],
    ['in capitals and with leading noughts', '2001:DB8:3:000A::1', '2001:db8:3:a::2', '2001:db8:3:b::1'],
    ['that is one of IPv4', '::ffff:203.0.113.9', '203.0.113.9', '::ffff:203.0.113.10'],
    ['with the port it called from', '198.51.100.1:4711', '198.51.100.1:4712', '198.51.100.2:4711'],
    ['in brackets, with the port', '[2001:db8:9::1]:4711', '2001:db8:9::2', '[2001:db8:9:1::1]:4711'],
  ])('counts with all of its network and with no other: %s', async (_, one, another, beyond) => {
    const count = strangersWithinLimit(1)
    const from = (forwardedFor: string) => count({ forwardedFor, remote: '127.0.0.1' })
    for (const _ of range(STRANGERS_PER_MINUTE)) expect(await from(one)).toBe(0)
    expect([(await from(another)) > 0, await from(beyond)]).toEqual([true, 0])
  })
})
