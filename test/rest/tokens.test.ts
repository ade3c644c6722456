import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { postGraphql, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { phoneOf } from '../support/listening.ts'
import { newId } from '../support/make.ts'
import { productionOf } from '../support/production.ts'
import { startProgram } from '../support/program.ts'
import { crowd, scaled, tally } from '../support/scale.ts'
import { testSecret } from '../support/secret.ts'
import { oneTruck, request, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db, 10, undefined, { trustedProxies: 1 })

/** Everybody asks from an address of their own: this is about tokens, not about how many of them an address may try. */
let addresses = 0
const fromAnywhere = () => ({ 'x-forwarded-for': `2001:db8:${(++addresses).toString(16)}::1` })

type Claims = Record<string, unknown>

const now = Math.floor(Date.now() / 1000)
const goodClaims = (): Claims => ({
  userId: newId(),
  phone: '9876543210',
  role: 'customer',
  name: 'Asha',
  exp: now + 3600,
})
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token made by hand, so that it can be wrong in any way. */
function forge(claims: unknown, header: object = {}, { secret = testSecret, hash = 'sha256' } = {}): string {
  const signed = `${encode({ alg: 'HS256', ...header })}.${encode(claims)}`
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
}

const routes = Object.entries(
  JSON.parse((await request(service.url, 'GET', '/openapi.json')).text).paths as Record<string, object>,
).flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const))

/** What transporters call; every other route is a customer's. */
const isTransporters = ([, path]: (typeof routes)[number]) => /^\/api\/v1\/(orders\/(active|accept)$|trips)/.test(path)

/** One request on each of the routes, all under one request id. */
const onEveryRoute = (headers: Record<string, string>, query = '', those = routes) =>
  crowd([...those], 4, ([method, path]) =>
    request(service.url, method, path.replace(/\{\w+\}/, newId()) + query, method === 'POST' ? oneTruck : undefined, {
      'x-request-id': 'same',
      ...fromAnywhere(),
      ...headers,
    }),
  )

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const without = (claim: string) => Object.fromEntries(Object.entries(goodClaims()).filter(([name]) => name !== claim))

type Sent = Record<string, string>

/** The headers of a request that must not pass, by what is wrong with them: each of a list, or some of many. */
const badTokens: Record<string, Sent[] | fc.Arbitrary<Sent>> = {
  'no token': [{}],
  'signed with another key': fc
    .string({ minLength: 1, unit: 'binary' })
    .filter((secret) => secret !== testSecret)
    .map((secret) => bearer(forge(goodClaims(), {}, { secret }))),
  'signed with a key of its own header': [
    bearer(
      forge(goodClaims(), { jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } }, { secret: 'mine' }),
    ),
  ],
  'unsigned, alg none': ['none', 'None', 'NONE', 'nOnE', 'nonE', ''].flatMap((alg) =>
    ['', 'x', 'AA'].map((signature) => bearer(`${encode({ alg })}.${encode(goodClaims())}.${signature}`)),
  ),
  'alg none, with a good signature': ['none', 'None', 'NONE', 'nOnE'].map((alg) =>
    bearer(forge(goodClaims(), { alg })),
  ),
  'the right key, another algorithm': [
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
    ['HS512', 'sha256'],
    ['HS256', 'sha512'],
    ['hs256', 'sha256'],
  ].map(([alg, hash]) => bearer(forge(goodClaims(), { alg }, { hash }))),
  'an algorithm of public keys': ['RS256', 'ES256', 'PS256', 'EdDSA'].map((alg) =>
    bearer(forge(goodClaims(), { alg })),
  ),
  'no algorithm': [undefined, null, 1, ['HS256']].map((alg) => bearer(forge(goodClaims(), { alg }))),
  'a critical header that is not known': [bearer(forge(goodClaims(), { crit: ['x'], x: 1 }))],
  expired: fc.integer({ min: 0, max: now }).map((ago) => bearer(forge({ ...goodClaims(), exp: now - ago }))),
  'no end, or none that is a time': [undefined, null, '', 'never', String(now + 3600), [now + 3600], true].map((exp) =>
    bearer(forge({ ...goodClaims(), exp })),
  ),
  'not good yet': fc
    .integer({ min: 60, max: 1e9 })
    .map((ahead) => bearer(forge({ ...goodClaims(), nbf: now + ahead }))),
  'a customer who is no uuid': fc
    .oneof(fc.string(), fc.constantFrom(null, 1, true, [], {}, [newId()], ` ${newId()}`, newId().replaceAll('-', '')))
    .map((userId) => bearer(forge({ ...goodClaims(), userId }))),
  'a claim missing': ['userId', 'phone', 'role', 'exp'].map((claim) => bearer(forge(without(claim)))),
  'a claim of another type': ['phone', 'role'].flatMap((claim) =>
    [null, 1, ['customer'], {}].map((value) => bearer(forge({ ...goodClaims(), [claim]: value }))),
  ),
  'claims that are no object': [null, 1, 'x', [goodClaims()], true].map((claims) => bearer(forge(claims))),
  'cut off': fc.double({ min: 0, max: 0.999, noNaN: true }).map((part) => {
    const token = forge(goodClaims())
    return bearer(token.slice(0, Math.floor(token.length * part)))
  }),
  'edited after signing': [{ userId: newId() }, { exp: now + 1e6 }, { role: 'admin' }].map((edit) => {
    const claims = goodClaims()
    const [header, , signature] = forge(claims).split('.')
    return bearer(`${header}.${encode({ ...claims, ...edit })}.${signature}`)
  }),
  'one letter of the signature changed': fc.nat(40).map((at) => {
    const [header, claims, signature = ''] = forge(goodClaims()).split('.')
    const other = signature[at] === 'A' ? 'B' : 'A'
    return bearer(`${header}.${claims}.${signature.slice(0, at)}${other}${signature.slice(at + 1)}`)
  }),
  garbage: fc
    .oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.base64String(),
      fc.stringMatching(/^[\w-]{1,20}\.[\w-]{1,20}\.[\w-]{1,20}$/),
    )
    .map((token) => bearer(token)),
  'written wrongly around a good token': [
    'Basic *',
    'Token *',
    '*',
    'Bearer: *',
    'Bearer  *',
    'Bearer\t*',
    'Bearer *, *',
    'Bearer * x',
    'Bearer "*"',
  ].map((form) => ({ authorization: form.replaceAll('*', forge(goodClaims())) })),
  'good, but elsewhere': ['cookie', 'x-access-token', 'proxy-authorization', 'x-authorization'].map((name) => ({
    [name]: name === 'cookie' ? `token=${forge(goodClaims())}` : `Bearer ${forge(goodClaims())}`,
  })),
  'very long': fc
    .integer({ min: 1_000, max: 10_000 })
    .map((length) => bearer(forge({ ...goodClaims(), x: 'x'.repeat(length) }, {}, { secret: 'wrong' }))),
}

describe('a token that cannot be used', () => {
  const answers = new Set<string>()
  const kinds = Object.keys(badTokens)
  const isRefused = async (headers: Sent) => {
    for (const answer of await onEveryRoute(headers)) {
      expect(answer.status, JSON.stringify(headers)).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      answers.add(answer.text)
    }
  }

  it.each(kinds)('answers the same 401 on every route: %s', async (kind) => {
    const bad = badTokens[kind] ?? []
    if (Array.isArray(bad)) for (const headers of bad) await isRefused(headers)
    else await fc.assert(fc.asyncProperty(bad, isRefused), { numRuns: scaled({ full: 60, small: 4 }) })
  })

  it('answers the same 401 when the token is in the address only', async () => {
    const token = forge(goodClaims())
    for (const answer of await onEveryRoute(
      {},
      `?token=${token}&access_token=${token}&authorization=Bearer%20${token}`,
    )) {
      expect(answer.status).toBe(401)
      answers.add(answer.text)
    }
  })

  it('never says what was wrong: all the answers are one, byte for byte', () => {
    expect([...answers]).toHaveLength(1)
    expect(JSON.parse([...answers][0] ?? '')).toMatchObject({
      success: false,
      error: { code: 'UNAUTHORIZED' },
      requestId: 'same',
    })
  })
})

describe.each([
  ['role_is_customer', 'transporter', routes.filter((route) => !isTransporters(route))],
  ['role_is_transporter', 'customer', routes.filter(isTransporters)],
])('a token of another role', (rule, other, those) => {
  const alike = rule.replace('role_is_', '')
  const roles = [other, 'driver', 'admin', 'support', alike.toUpperCase(), `${alike} `, ` ${alike}`, `${alike}s`, '']

  it.each(roles)(`answers the same 403 ${rule} on each of its routes: "%s"`, async (role) => {
    const answers = await onEveryRoute(bearer(forge({ ...goodClaims(), role })), '', those)
    expect(tally(answers.map((answer) => answer.status))).toEqual({ 403: those.length })
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
    expect(answers[0]?.body.error).toMatchObject({ code: 'FORBIDDEN', rule })
  })
})

describe('a good token', () => {
  const check = (headers: Record<string, string>) =>
    request(service.url, 'GET', '/api/v1/orders/check-active', undefined, headers)

  it.each(['Bearer', 'bearer', 'BEARER', 'bEARER'])('passes with the scheme written %s', async (scheme) => {
    expect((await check({ authorization: `${scheme} ${forge(goodClaims())}` })).status).toBe(200)
  })

  it.each<[string, Claims]>([
    ['no name', { name: undefined }],
    ['a name that is no text', { name: 5 }],
    ['claims that nobody asked for', { iss: 'x', aud: ['y'], roles: ['admin'], x: 'x'.repeat(5_000) }],
    ['a start in the past', { nbf: now - 60 }],
  ])('passes with %s', async (_, claims) => {
    expect((await check(bearer(forge({ ...goodClaims(), ...claims })))).status).toBe(200)
  })

  it('of a transporter passes where transporters ask', async () => {
    const token = forge({ ...goodClaims(), role: 'transporter' })
    for (const path of ['/orders/active', '/trips'])
      expect((await request(service.url, 'GET', `/api/v1${path}`, undefined, bearer(token))).status).toBe(200)
  })

  it('is who asks, whatever the address, the body and other headers say', async () => {
    const claims = goodClaims()
    const headers = { ...bearer(forge(claims)), 'x-user-id': newId(), 'x-customer-id': newId() }
    const body = JSON.stringify({ ...JSON.parse(oneTruck), customerId: newId(), userId: newId() })
    const answer = await request(service.url, 'POST', `/api/v1/orders?userId=${newId()}`, body, headers)
    expect([answer.status, answer.body.data.order.customerId]).toEqual([201, claims.userId])
  })
})

describe('while secrets change', async () => {
  const named = (name: string) => `${name} ${testSecret}`
  const [newSecret, oldSecret, neither] = [named('new'), named('old'), named('neither')] as const
  const signed = (secret: string, role = 'customer') => forge({ ...goodClaims(), role }, {}, { secret })

  describe.each([
    ['both are accepted', [newSecret, oldSecret]],
    ['the old one is gone', [newSecret]],
  ])('and %s', async (_, secrets) => {
    const { url } = await startService(db, 2, undefined, { secrets })
    const admin = await startAdmin(db, { secrets })

    it.each([
      ['new', newSecret],
      ['old', oldSecret],
      ['neither', neither],
    ])(
      'a token signed with the %s one is judged alike on REST, on Socket.IO and by the admins’ door',
      async (_, secret) => {
        const rest = await request(url, 'GET', '/api/v1/orders/check-active', undefined, bearer(signed(secret)))
        const phone = await phoneOf(url, signed(secret), { reconnection: false }).then(
          () => 'connected',
          (error) => error.data.code,
        )
        const headers = { ...bearer(signed(secret, 'admin')), 'content-type': 'application/json' }
        const graphql = await postGraphql(admin.url, '{"query":"{ settings { createsPerMinute } }"}', headers)
        const link = await request(admin.url, 'GET', `/?token=${signed(secret, 'admin')}`)
        expect([rest.status, phone, graphql.status, link.status]).toEqual(
          secrets.includes(secret) ? [200, 'connected', 200, 303] : [401, 'UNAUTHORIZED', 401, 401],
        )
      },
    )
  })

  it('the program takes them from JWT_SECRET and JWT_SECRET_PREVIOUS', async () => {
    const secrets = { JWT_SECRET: newSecret, JWT_SECRET_PREVIOUS: oldSecret }
    const program = await startProgram({ ...(await productionOf(db.ownerUrl)), ...secrets, ROLE: 'all' })
    const doors = (secret: string) => [
      request(program.url, 'GET', '/api/v1/orders/check-active', undefined, bearer(signed(secret))),
      request(program.adminUrl, 'GET', `/?token=${signed(secret, 'admin')}`),
    ]
    const statuses = async (secret: string) => (await Promise.all(doors(secret))).map(({ status }) => status)
    expect(await statuses(newSecret)).toEqual([200, 303])
    expect(await statuses(oldSecret)).toEqual([200, 303])
    expect(await statuses(neither)).toEqual([401, 401])
    await program.end('SIGTERM')
  })
})

it('knows every route of the service', () => {
  expect(routes.length).toBeGreaterThanOrEqual(28)
  expect(routes.filter(isTransporters)).toHaveLength(6)
})

it('let nobody order but the one with a good token', async () => {
  expect(await one(db.owner, 'select count(*)::integer as orders from app.orders')).toEqual({ orders: 1 })
})
