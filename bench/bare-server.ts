// What POST /orders costs at least in this language, on this driver: node:http and pg. It verifies the same token (HS256
// with node:crypto, as a program without libraries would), parses the same body without judging it, calls the same
// function, and writes the same two log lines. No metrics, no validation, no routes.
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import pg from 'pg'
import { pino } from 'pino'
import { headers as securityHeaders } from '../src/http/security-headers.ts'

const { PORT, REST_DATABASE_URL, JWT_SECRET = '' } = process.env
/** As many as the service has for requests. */
const SESSIONS = 10

const pool = new pg.Pool({ connectionString: REST_DATABASE_URL, max: SESSIONS, idleTimeoutMillis: 0, keepAlive: true })
const log = pino({ base: undefined })
const text = 'select r.is_replay, r.body from rest.create_order($1, $2, $3, $4, $5) r'
type Caller = { userId: string; name?: string; phone: string; role: string; exp: number }

function callerOf(authorization = ''): Caller | undefined {
  const [header = '', payload = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.')
  const expected = createHmac('sha256', JWT_SECRET).update(`${header}.${payload}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  if (JSON.parse(Buffer.from(header, 'base64url').toString()).alg !== 'HS256') return undefined
  const caller = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Caller
  return caller.exp * 1000 > Date.now() ? caller : undefined
}

async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now()
  const requestId = randomUUID()
  const caller = callerOf(request.headers.authorization)
  if (caller?.role !== 'customer') return void response.writeHead(401).end()
  const body = JSON.parse((await buffer(request)).toString())
  const hash = createHash('sha256').update(caller.userId).digest('hex').slice(0, 12)
  const key = request.headers['x-idempotency-key']
  const values = [caller.userId, caller.name ?? '', caller.phone, key, JSON.stringify(body)]
  const client = await pool.connect()
  const { rows } = await client.query({ name: 'create_order', text, values }).finally(() => client.release())
  const [row] = rows
  log.info({ requestId, tag: 'getActiveOrderByCustomer', customer: hash, outcome: 'created' }, 'create decided')
  const headers = { ...securityHeaders, 'content-type': 'application/json; charset=UTF-8', 'x-request-id': requestId }
  response.writeHead(201, { ...headers, 'content-length': Buffer.byteLength(row.body) }).end(row.body)
  const durationMs = Math.round(performance.now() - startedAt)
  log.info(
    { requestId, method: 'POST', route: '/api/v1/orders', status: 201, durationMs, role: caller.role, caller: hash },
    'request',
  )
}

const server = createServer((request, response) => {
  if (request.url === '/livez') return void response.end('ok')
  create(request, response).catch((error) => {
    log.error({ message: error.message }, 'request failed')
    response.writeHead(500).end()
  })
})
process.on('SIGTERM', () => process.exit(0))
server.listen(Number(PORT), '127.0.0.1')
