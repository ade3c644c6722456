// Who gets in, and by which door. Nothing here needs PostGraphile: until the first admin asks, it is not even built.
import { createHmac } from 'node:crypto'
import { getIntrospectionQuery } from 'postgraphile/graphql'
import { describe, expect, it } from 'vitest'
import { type AdminAnswer, asAdmin, asRole, asSupport, postGraphql, startAdmin } from '../support/admin.ts'
import { copyDatabase, one } from '../support/database.ts'
import { make, newId } from '../support/make.ts'
import { testSecret } from '../support/secret.ts'
import { request, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startAdmin(db)
const admin = await asAdmin(service.url)
const [now, day] = [Math.floor(Date.now() / 1000), 24 * 60 * 60]

const doors = [
  ['POST', '/graphql'],
  ['GET', '/'],
  ['GET', '/ruru-static/ruru.js'],
] as const
const anyQuery = JSON.stringify({ query: getIntrospectionQuery() })
const knock = (method: string, path: string, headers: Record<string, string>, url = service.url) =>
  request(url, method, path, method === 'POST' ? anyQuery : undefined, headers)

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const adminClaims = { userId: newId(), phone: '', role: 'admin', exp: now + day }

/** An admin's token made by hand, so that it can be wrong in any way. */
function forge(claims: object = {}, { alg = 'HS256', secret = testSecret } = {}): string {
  const signed = `${encode({ alg })}.${encode({ ...adminClaims, ...claims })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const [header, , customersSignature] = forge({ role: 'customer' }).split('.')
const badTokens: Record<string, string> = {
  garbage: 'x.y.z',
  expired: forge({ exp: now - 1 }),
  'without an end': forge({ exp: undefined }),
  'not good yet': forge({ nbf: now + day }),
  'signed with another secret': forge({}, { secret: 'another-secret-of-at-least-32-characters' }),
  'unsigned, alg none': `${encode({ alg: 'none' })}.${encode(adminClaims)}.`,
  'alg none, with a good signature': forge({}, { alg: 'none' }),
  'of another algorithm': forge({}, { alg: 'HS512' }),
  'of nobody': forge({ userId: undefined }),
  'a customer’s, edited after signing': `${header}.${encode(adminClaims)}.${customersSignature}`,
}

describe.each(doors)('%s %s', (method, path) => {
  it('answers 401 without a token', async () => {
    const answer = await knock(method, path, {})
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.text).toContain('token is missing')
  })

  it.each(Object.entries(badTokens))(
    'answers 401 to a token that is bad, as bearer and as cookie: %s',
    async (_, token) => {
      expect((await knock(method, path, { authorization: `Bearer ${token}` })).status).toBe(401)
      expect((await knock(method, path, { cookie: `weelo_admin=${token}` })).status).toBe(401)
    },
  )

  it.each(['customer', 'transporter', 'driver', 'Admin', 'admin ', 'weelo_admin', 'admin,support', ''])(
    'answers 403 to the role "%s"',
    async (role) => {
      const { token } = await asRole(service.url, role)
      const answer = await knock(method, path, { authorization: `Bearer ${token}` })
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('neither admin nor support')
    },
  )
})

it('refused all of these before PostGraphile: no database session was taken, not even to read the schema', () => {
  expect(service.sqlUses()).toBe(0)
})

describe('the link', () => {
  const follow = (token: string, url = service.url) => knock('GET', `/?token=${token}`, { accept: 'text/html' }, url)
  const cookieOf = (headers: Headers) => headers.get('set-cookie') ?? ''

  it.each(['admin', 'support'])(
    'lets a browser of the role %s in: a cookie that scripts and other sites cannot use',
    async (role) => {
      const { token } = await asRole(service.url, role)
      const answer = await follow(token)
      expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([303, '/', ''])
      const [value, ...attributes] = cookieOf(answer.headers).split('; ')
      expect(value).toBe(`weelo_admin=${token}`)
      expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/']))
      expect(attributes).not.toContain('Secure') // http://127.0.0.1 at development
      expect((await knock('GET', '/', { cookie: String(value) })).status).toBe(200)
    },
  )

  it('sets a cookie that ends, and in production one for https only', async () => {
    const production = await startAdmin(db, { isProduction: true })
    const cookie = cookieOf((await follow(admin.token, production.url)).headers)
    expect(cookie).toContain('; Secure')
    expect(Number(/Max-Age=(\d+)/.exec(cookie)?.[1])).toBeLessThanOrEqual(day)
  })

  it('leaves the token out of what the next site would be told, and out of caches', async () => {
    const { headers } = await follow(admin.token)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it.each(Object.entries(badTokens))('answers 401 in plain words and sets no cookie: %s', async (_, token) => {
    const answer = await follow(token)
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null])
    expect(answer.text).toMatch(/^This address is for admins/)
  })

  it('of an empty token answers 401', async () => {
    expect((await follow('')).status).toBe(401)
  })

  it('of a customer’s good token opens nothing', async () => {
    const { token } = await asRole(service.url, 'customer')
    const answer = await follow(token)
    expect(answer.status).toBe(403)
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('works at / only', async () => {
    expect((await knock('POST', `/graphql?token=${admin.token}`, {})).status).toBe(401)
    expect((await knock('GET', `/ruru-static/ruru.js?token=${admin.token}`, {})).status).toBe(401)
  })
})

describe('GraphQL', () => {
  const settings = JSON.stringify({ query: '{ settings { createsPerMinute } }' })
  const json = { 'content-type': 'application/json' }

  it.each<[string, Record<string, string>]>([
    ['a bearer token', { authorization: `Bearer ${admin.token}` }],
    ['the cookie', { cookie: `other=1; weelo_admin=${admin.token}` }],
  ])('answers an admin with %s', async (_, headers) => {
    const answer = await postGraphql(service.url, settings, { ...json, ...headers })
    expect([answer.status, answer.data.settings.createsPerMinute]).toEqual([200, 10])
  })

  it('answers support', async () => {
    const support = await asSupport(service.url)
    expect((await support.query('{ settings { createsPerMinute } }')).data.settings.createsPerMinute).toBe(10)
  })
})

describe('a request that another site can make a browser send', () => {
  const bodyOf = (query: string) => JSON.stringify({ query })
  const cookie = { cookie: `weelo_admin=${admin.token}` }
  const form = (query: string) => {
    const data = new FormData()
    data.set('query', query)
    return data
  }
  const ways: Record<string, (query: string) => Promise<AdminAnswer>> = {
    'as text/plain': (query) => postGraphql(service.url, bodyOf(query), { ...cookie, 'content-type': 'text/plain' }),
    'as text/plain that mentions JSON': (query) =>
      postGraphql(service.url, bodyOf(query), { ...cookie, 'content-type': 'text/plain; application/json' }),
    'as another type that begins like JSON': (query) =>
      postGraphql(service.url, bodyOf(query), { ...cookie, 'content-type': 'application/jsonp' }),
    'as a form': (query) => postGraphql(service.url, new URLSearchParams({ query }), cookie),
    'as a multipart form': (query) => postGraphql(service.url, form(query), cookie),
    'as application/graphql': (query) =>
      postGraphql(service.url, query, { ...cookie, 'content-type': 'application/graphql' }),
    'without a type': (query) => postGraphql(service.url, new TextEncoder().encode(bodyOf(query)), cookie),
  }

  it.each(Object.keys(ways))('is refused with 415 and changes nothing: %s', async (way) => {
    const order = await make.order(db.owner)
    const cancel = `mutation { cancelOrder(input: { orderId: "${order.id}", reason: "forged" }) { order { id } } }`
    const answer = await ways[way]?.(cancel)
    expect(answer?.status).toBe(415)
    expect(answer?.errors[0]).toMatchObject({
      message: expect.stringContaining('Content-Type: application/json'),
      extensions: { code: 'UNSUPPORTED_MEDIA_TYPE', rule: 'body_is_json' },
    })
    expect(await one(db.owner, 'select status from app.orders where id = $1', [order.id])).toEqual({ status: 'active' })
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is not answered by GraphQL: %s', async (method) => {
    const order = await make.order(db.owner)
    const cancel = `mutation { cancelOrder(input: { orderId: "${order.id}", reason: "forged" }) { order { id } } }`
    const headers = { ...cookie, origin: 'https://elsewhere.example' }
    const answer = await request(
      service.url,
      method,
      `/graphql?query=${encodeURIComponent(cancel)}`,
      undefined,
      headers,
    )
    expect(answer.status).toBe(404)
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(await one(db.owner, 'select status from app.orders where id = $1', [order.id])).toEqual({ status: 'active' })
  })

  it('may not read the answer either: no other origin is allowed', async () => {
    const answer = await admin.send(bodyOf('{ settings { createsPerMinute } }'), {
      origin: 'https://elsewhere.example',
    })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('the page', () => {
  const headers = { authorization: `Bearer ${admin.token}`, accept: 'text/html' }
  const get = (path: string) => knock('GET', path, headers)
  const addressesIn = (html: string) =>
    [...html.matchAll(/(?:src|href|from)\s*=?\s*["']([^"']+)["']/g)].map((m) => m[1] ?? '')

  it('and everything it names come from this origin, kept by no cache', async () => {
    const page = await get('/')
    const addresses = [...new Set(addressesIn(page.text))].filter((address) => !address.startsWith('data:'))
    expect(addresses).toEqual(expect.arrayContaining(['/ruru-static/ruru.js', '/ruru-static/ruru.css']))
    for (const address of addresses) {
      expect(address).toMatch(/^\/ruru-static\/[\w.-]+$/)
      const asset = await get(address)
      expect([address, asset.status]).toEqual([address, 200])
      expect(asset.headers.get('content-type')).toMatch(address.endsWith('.css') ? /^text\/css/ : /^text\/javascript/)
    }
    expect(page.text).not.toMatch(/https?:\/\/|["']\/\//)
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  it('may not fetch from, send to or be framed by another site, with all that it loads', async () => {
    for (const path of ['/', '/ruru-static/ruru.js', '/ruru-static/nothing.js', '/?token=x']) {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/\*|https?:/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it.each([
    '/ruru-static/../package.json',
    '/ruru-static/%2e%2e%2f..%2fpackage.json',
    '/ruru-static/%00',
    '/ruru-static/__proto__',
  ])('has no way out of its folder: %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('tells a browser without a token in plain words what to do', async () => {
    const answer = await knock('GET', '/', { accept: 'text/html,application/xhtml+xml' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, expect.stringContaining('text/plain')])
    expect(answer.text).toContain('npm run token')
  })
})

describe('health', () => {
  it.each(['/livez', '/readyz', '/health', '/version'])('%s needs no token', async (path) => {
    expect((await request(service.url, 'GET', path)).status).toBe(200)
  })
})

describe('the public listener', async () => {
  const { url } = await startService(db)

  it.each([
    ['POST', '/graphql'],
    ['GET', '/graphql'],
    ['GET', '/'],
    ['GET', '/?token=…'],
    ['GET', '/ruru-static/ruru.js'],
    ['GET', '/graphiql'],
  ])('has no %s %s, not even for an admin', async (method, path) => {
    const headers = { authorization: `Bearer ${admin.token}` }
    const answer = await knock(method, path.replace('…', admin.token), headers, url)
    expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND'])
    expect(answer.headers.get('set-cookie')).toBeNull()
  })
})

it('never wrote a token, a user id or an address’s query into the log', () => {
  const log = JSON.stringify(service.lines)
  expect(service.lines.length).toBeGreaterThan(100)
  expect(log).toContain('"route":"/graphql"')
  const secrets = [admin.token, ...Object.values(badTokens)].flatMap((token) => [token, ...token.split('.').slice(1)])
  for (const secret of secrets.filter((part) => part.length > 1)) expect(log).not.toContain(secret)
  expect(log).not.toContain(admin.userId)
  expect(log).not.toContain('token=')
})
