// npm run bench:live: what do phones that listen cost those who book? Creates over HTTP with no socket joined, and with a
// thousand joined to orders that search, at the same process; A B A B, and the median of the pairs' ratios.
import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { signToken } from '../src/token.ts'
import { cleanUp, cleanUpOnSignals } from './cleanup.ts'
import { headerOf } from './machine.ts'
import { fixed, median } from './measured.ts'
import { body } from './orders.ts'
import { productionSettings, startServer } from './server.ts'
import { restLogin, type Service, secret, startService } from './service.ts'

const SOCKETS = Number(process.argv[2] ?? 1_000)
const PAIRS = 5
const SECONDS = 10
const IN_FLIGHT = 16

const tokenOf = (userId: string) => signToken(secret, { userId, phone: '9876543210', role: 'customer' }, '1 day')

async function create(url: string, userId: string): Promise<string> {
  const headers = { authorization: `Bearer ${await tokenOf(userId)}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1/orders`, { method: 'POST', headers, body })
  const answer = (await response.json()) as { data?: { order: { id: string } } }
  if (!answer.data) throw new Error(`a create was answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer.data.order.id
}

const cpuOf = (service: Service) => service.processorSeconds() ?? Number.NaN

async function createsPerSecond(service: Service) {
  const [end, cpuBefore] = [performance.now() + SECONDS * 1000, cpuOf(service)]
  let count = 0
  const lane = async () => {
    while (performance.now() < end) {
      await create(service.url, randomUUID())
      count++
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return { rate: count / SECONDS, cpu: (cpuOf(service) - cpuBefore) / SECONDS }
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

cleanUpOnSignals()
console.log = console.error // migrations tell their progress; what is printed on purpose goes around it
const print = (line: string) => process.stdout.write(`${line}\n`)
try {
  const server = await startServer(productionSettings)
  const database = await server.database('bench_live')
  await database.ask("update app.settings set search_window = '1 hour'")
  const service = await startService(await restLogin(database))
  const orders: { userId: string; id: string }[] = []
  for (let i = 0; i < SOCKETS; i++) {
    const userId = randomUUID()
    orders.push({ userId, id: await create(service.url, userId) })
  }
  const header = await headerOf(server, productionSettings, undefined)
  for (const [name, value] of Object.entries(header)) print(`${name}: ${value}`)
  print(`${IN_FLIGHT} creates in flight, ${SECONDS} s each, ${SOCKETS} joined sockets`)
  await createsPerSecond(service)
  const ratios: number[] = []
  for (let pair = 1; pair <= PAIRS; pair++) {
    const alone = await createsPerSecond(service)
    const sockets = await joinAll(service.url, orders)
    const beside = await createsPerSecond(service)
    for (const socket of sockets) socket.disconnect()
    ratios.push(beside.rate / alone.rate)
    print(
      `${alone.rate.toFixed(0)} creates/s without (${fixed(alone.cpu, 2)} cores), ${beside.rate.toFixed(0)} with (${fixed(beside.cpu, 2)} cores): ${fixed(beside.rate / alone.rate, 3)}`,
    )
  }
  const ends = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(3))
  print(`median ratio ${median(ratios).toFixed(3)}, from ${ends.join(' to ')}`)
} finally {
  await cleanUp()
}
process.exit(0)
