// Clients that are there one moment and gone the next, without a word: a phone in a tunnel, a browser whose machine sleeps.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { phoneOf } from '../support/listening.ts'
import { make } from '../support/make.ts'
import { crowd, isFull, range, scaled } from '../support/scale.ts'
import { asCustomer, startService } from '../support/service.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
// In npm test clients are given up sooner than in life; the full run waits as long as life does.
const service = await startService(
  db,
  10,
  isFull ? undefined : { pingInterval: 500, pingTimeout: 1_500, streamMs: 2_000 },
)
const clients = scaled({ full: 2_000, small: 60 })
/** In life a minute. */
const goneWithinMs = scaled({ full: 60_000, small: 15_000 })

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapMiB(): number {
  for (const _ of range(3)) collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

async function startListeners(count: number): Promise<ChildProcess> {
  const orders = await crowd(range(count), 10, () => make.order(db.owner, { dueIn: '1 hour' }))
  const child = fork(join(import.meta.dirname, '..', 'support', 'listeners.ts'), { stdio: 'inherit' })
  children.push(child)
  child.send({ url: service.url, orders })
  await once(child, 'message')
  return child
}

it('clients that vanish without closing are gone within a minute, memory returns, and the others hear on', async () => {
  await startListeners(10) // whatever is loaded once is loaded
  const before = { heap: heapMiB(), connections: await service.connections() }
  const [staying, vanishing] = [await startListeners(clients / 2), await startListeners(clients / 2)]
  const all = { heap: heapMiB(), connections: await service.connections() }
  expect(all.connections).toBeGreaterThanOrEqual(before.connections + clients)

  vanishing.kill('SIGSTOP')
  const vanishedAt = performance.now()
  const half = before.connections + clients / 2
  await until(async () => (await service.connections()) <= half + 5, 'the vanished are gone', goneWithinMs)
  const goneAfter = Math.round((performance.now() - vanishedAt) / 1000)
  // Of a few clients the heap says nothing: the test's own growth is larger.
  const returned = all.heap - (all.heap - before.heap) * 0.3
  if (isFull) await until(async () => heapMiB() < returned, 'the memory of the vanished returns', 15_000)
  const after = heapMiB()
  console.log(
    `${clients} clients, half vanish: gone after ${goneAfter} s; heap ${[before.heap, all.heap, after].map((mib) => mib.toFixed(1)).join(', ')} MiB before, with all, after`,
  )
  expect(staying.exitCode).toBeNull()
  expect(await service.connections()).toBeGreaterThanOrEqual(half - 5)

  const order = await make.order(db.owner)
  const phone = await phoneOf(service.url, (await asCustomer(service.url, order.customer)).token)
  phone.join(order.id)
  await db.owner.query('select api.cancel_order($1, $2)', [order.customer, order.id])
  await phone.hears('order_cancelled')
})
