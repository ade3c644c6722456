// A load that does not wait for answers: so many visits a second, whatever becomes of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { tally } from '../support/scale.ts'
import { asCustomer } from '../support/service.ts'

const TICK_MS = 50

/** A customer who books, looks, and cancels. Throws when any of it is no yes. */
export async function visit(url: string): Promise<void> {
  const customer = await asCustomer(url)
  const created = await customer.create()
  const id = created.body.data?.order.id
  const statuses = [
    created.status,
    (await customer.get(`/orders/${id}/status`)).status,
    (await customer.cancel(id)).status,
  ]
  if (statuses.join() !== '201,200,200') throw new Error(`a visit was answered ${statuses.join()}`)
}

/** Visits per second that so many customers at once get, over so long. */
export async function peakRate(url: string, customers: number, durationMs: number): Promise<number> {
  const end = performance.now() + durationMs
  let visits = 0
  const lane = async () => {
    while (performance.now() < end) {
      await visit(url)
      visits++
    }
  }
  await Promise.all(Array.from({ length: customers }, lane))
  return visits / (durationMs / 1000)
}

/** Begins `rate` visits a second until `end` (performance.now()); returns when all of them have ended. */
export async function steadyLoad(url: string, rate: number, end: number) {
  const failures: string[] = []
  const startedAt = performance.now()
  let [begun, ended, mostAtOnce] = [0, 0, 0]
  while (performance.now() < end) {
    for (const due = ((performance.now() - startedAt) / 1000) * rate; begun < due; begun++) {
      visit(url)
        .catch((error) => failures.push(String(error.cause ?? error)))
        .finally(() => ended++)
    }
    mostAtOnce = Math.max(mostAtOnce, begun - ended)
    await sleep(TICK_MS)
  }
  while (ended < begun) await sleep(TICK_MS)
  return { visits: begun, failures: tally(failures), mostAtOnce }
}
