// npm run demo: plays the two acceptance flows against the running service and prints each step and its answer.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { configOrExit } from '../config.ts'
import { signToken } from '../token.ts'

type Body = {
  data?: { order?: { id: string; expiresAt: string; expiresIn: number }; [field: string]: unknown }
  error?: { code: string; message: string }
}

const { HOST, PORT, JWT_SECRET } = configOrExit()
const host = HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST
const base = `http://${host}:${PORT}/api/v1`
const userId = randomUUID()
const token = await signToken(JWT_SECRET, { userId, phone: '9876543210', role: 'customer', name: 'Asha' }, '1 hour')

const trucks = {
  pickup: { latitude: 28.63148, longitude: 77.21666, address: 'Connaught Place, New Delhi' },
  drop: { latitude: 26.90873, longitude: 75.78327, address: 'Civil Lines, Jaipur' },
  distanceKm: 237,
  vehicleRequirements: [
    { vehicleType: 'open', vehicleSubtype: '17 Feet', quantity: 2, pricePerTruck: 4542 },
    { vehicleType: 'container', vehicleSubtype: '32 Feet Multi Axle', quantity: 1, pricePerTruck: 4542 },
  ],
  goodsType: 'General',
}

/** One request, printed with its answer; ends the demo when the answer is not the expected one. */
async function step(what: string, method: string, path: string, expected: number, body?: unknown): Promise<Body> {
  const startedAt = performance.now()
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-idempotency-key': randomUUID(),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Body
  const took = Math.round(performance.now() - startedAt)
  console.log(`\n${what}\n  ${method} ${path}\n  ${response.status} in ${took} ms: ${summary(answer)}`)
  if (response.status !== expected)
    throw new Error(`Expected ${expected}, got ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}

function summary({ data, error }: Body): string {
  if (error) return `${error.code}: ${error.message}`
  if (!data?.order) return JSON.stringify(data)
  const { id, expiresAt, expiresIn, status, totalTrucks, totalAmount } = data.order as Record<string, unknown>
  return JSON.stringify({ id, status, totalTrucks, totalAmount, expiresAt, expiresIn })
}

const order = (answer: Body) => answer.data?.order ?? { id: '', expiresAt: '', expiresIn: 0 }

console.log(`A new customer, ${userId}, at ${base}`)
try {
  console.log('\n=== Flow 1: create, cancel, create again ===')
  const first = order(await step('Book three trucks of two types.', 'POST', '/orders', 201, trucks))
  await step(
    'Book again while that order searches: refused, with the order in the answer.',
    'POST',
    '/orders',
    409,
    trucks,
  )
  await step('Cancel it.', 'POST', `/orders/${first.id}/cancel`, 200, { reason: 'Change of plans' })
  const second = order(await step('Book again, at once.', 'POST', '/orders', 201, trucks))

  console.log(`\n=== Flow 2: create, wait for the window to end, create again ===`)
  await step('The order of before searches.', 'GET', '/orders/check-active', 200)
  console.log(`\nWaiting ${second.expiresIn} s for its search to end …`)
  await sleep(Math.max(0, Date.parse(second.expiresAt) - Date.now()) + 5)
  await step('It has expired, whether or not a sweep has run.', 'GET', `/orders/${second.id}/status`, 200)
  await step('Nothing is in the way.', 'GET', '/orders/check-active', 200)
  const third = order(await step('Book again.', 'POST', '/orders', 201, trucks))
  await step('Cancel it, to leave nothing behind.', 'POST', `/orders/${third.id}/cancel`, 200, {
    reason: 'End of the demo',
  })
  console.log('\nBoth flows succeeded.')
} catch (error) {
  const refused = (error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED'
  console.error(
    refused ? `\nNothing answers at ${base}. Start the service first: npm start` : `\n${(error as Error).message}`,
  )
  process.exit(1)
}
