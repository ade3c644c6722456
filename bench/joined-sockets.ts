// npm run bench:live: what do phones that listen cost those who book? Creates over HTTP with no socket joined, and with a
// thousand joined to orders that search, at the same process; A B A B, and the median of the pairs' ratios.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { io, type Socket } from 'socket.io-client'
import { developmentJwtSecret } from '../src/config.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { migrateDatabase } from '../src/db/migrate.ts'
import { signToken } from '../src/token.ts'

const SOCKETS = Number(process.argv[2] ?? 1_000)
const PAIRS = 5
const SECONDS = 10
const IN_FLIGHT = 16

const body = JSON.stringify({
  pickup: { latitude: 28.63148, longitude: 77.21666, address: 'Connaught Place, New Delhi' },
  drop: { latitude: 26.90873, longitude: 75.78327, address: 'Civil Lines, Jaipur' },
  distanceKm: 237,
  vehicleRequirements: [{ vehicleType: 'open', vehicleSubtype: '17 Feet', quantity: 2, pricePerTruck: 3555 }],
})
const tokenOf = (userId: string) =>
  signToken(developmentJwtSecret, { userId, phone: '9876543210', role: 'customer' }, '1 day')

/** The service alone in a process of its own; `cpu` is what it has used, in seconds. */
async function startService(databaseUrl: string) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'src', 'main.ts')], {
    env: { PATH, HOME, DATABASE_URL: databaseUrl, ROLE: 'api', PORT: '0', ADMIN_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let url = ''
  const lines = createInterface({ input: child.stdout })
  await new Promise<void>((resolve) =>
    lines.on('line', (line) => {
      if (!line.includes('"started"')) return
      url = JSON.parse(line).api
      resolve()
    }),
  )
  const cpu = () => {
    const [user = 0, system = 0] =
      readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
    return (user + system) / 100
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, cpu, stop }
}

async function create(url: string, userId: string): Promise<string> {
  const headers = { authorization: `Bearer ${await tokenOf(userId)}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1/orders`, { method: 'POST', headers, body })
  const answer = (await response.json()) as { data?: { order: { id: string } } }
  if (!answer.data) throw new Error(`a create was answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer.data.order.id
}

async function createsPerSecond(service: Awaited<ReturnType<typeof startService>>) {
  const [end, cpuBefore] = [performance.now() + SECONDS * 1000, service.cpu()]
  let count = 0
  const lane = async () => {
    while (performance.now() < end) {
      await create(service.url, randomUUID())
      count++
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return { rate: count / SECONDS, cpu: (service.cpu() - cpuBefore) / SECONDS }
}

async function joinAll(url: string, orders: { userId: string; id: string }[]): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (const { userId, id } of orders) {
    const socket = io(url, { auth: { token: await tokenOf(userId) }, forceNew: true, transports: ['websocket'] })
    socket.on('connect', () => socket.emit('join_booking', id))
    sockets.push(socket)
    if (sockets.length % 50 === 0) await new Promise((resolve) => socket.once('booking_updated', resolve))
  }
  return sockets
}

const folder = mkdtempSync(join(tmpdir(), 'weelo-bench-'))
chmodSync(folder, 0o711)
const server = await startEmbeddedPostgres(folder)
try {
  await migrateDatabase(server.url)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query("update app.settings set search_window = '1 hour'")
  const { rows } = await client.query('select version()')
  await client.end()
  const service = await startService(server.url)
  const orders: { userId: string; id: string }[] = []
  for (let i = 0; i < SOCKETS; i++) {
    const userId = randomUUID()
    orders.push({ userId, id: await create(service.url, userId) })
  }
  console.log(`${cpus().length} cores, Node ${process.version}, ${rows[0].version.split(' on ')[0]}, fsync on`)
  console.log(`${IN_FLIGHT} creates in flight, ${SECONDS} s each, ${SOCKETS} joined sockets`)
  await createsPerSecond(service)
  const ratios: number[] = []
  for (let pair = 1; pair <= PAIRS; pair++) {
    const alone = await createsPerSecond(service)
    const sockets = await joinAll(service.url, orders)
    const beside = await createsPerSecond(service)
    for (const socket of sockets) socket.disconnect()
    ratios.push(beside.rate / alone.rate)
    console.log(
      `${alone.rate.toFixed(0)} creates/s without (${alone.cpu.toFixed(2)} cores), ${beside.rate.toFixed(0)} with (${beside.cpu.toFixed(2)} cores): ${(beside.rate / alone.rate).toFixed(3)}`,
    )
  }
  ratios.sort((a, b) => a - b)
  console.log(
    `median ratio ${ratios[Math.floor(PAIRS / 2)]?.toFixed(3)}, from ${ratios[0]?.toFixed(3)} to ${ratios.at(-1)?.toFixed(3)}`,
  )
  await service.stop()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
