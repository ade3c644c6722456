// Half an hour at half of what it can do: nothing grows that does not stop growing.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { phoneOf } from '../support/listening.ts'
import { startProgram } from '../support/program.ts'
import { range } from '../support/scale.ts'
import { asCustomer } from '../support/service.ts'
import { startCluster } from './cluster.ts'
import { deploy } from './deployed.ts'
import { peakRate, steadyLoad } from './load-steady.ts'
import { collectsWhenTold, descriptorsOf, heapOf } from './process-size.ts'
import { report } from './under-load.ts'

/** To try it: a run of fewer minutes shows less. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? 30)
/** By then all that fills once has filled: minute 5 of 30. */
const WARM_UP_SHARE = 1 / 6
const PEAK_CUSTOMERS = 32
const PEAK_MS = 20_000
const HEAP_GROWTH_LIMIT_MB = 5
/** As src/databases.ts opens them for ROLE=all. */
const SESSIONS_OF_ALL_POOLS = 22
const PHONES = 20
/** About as long as a search. */
const PHONES_STAY_MS = 20_000

/** Phones that wait for trucks, others every 20 s, until `end`. */
async function phonesComeAndGo(url: string, end: number): Promise<number> {
  let heard = 0
  while (performance.now() < end) {
    const phones = await Promise.all(range(PHONES).map(() => joinedPhone(url)))
    await sleep(Math.min(PHONES_STAY_MS, Math.max(0, end - performance.now())))
    for (const phone of phones) {
      heard += phone.named('booking_updated').length
      phone.socket.disconnect()
    }
  }
  return heard
}

async function joinedPhone(url: string) {
  const customer = await asCustomer(url)
  const { id } = (await customer.create()).body.data.order
  const phone = await phoneOf(url, customer.token, { reconnection: false })
  phone.join(id)
  await phone.hears('booking_updated')
  return phone
}

it(`holds no more after ${MINUTES} minutes at half of the peak rate than after a sixth of them`, async () => {
  const cluster = await startCluster()
  const deployed = await deploy(cluster.url)
  const program = await startProgram({ ...deployed('weelo-soak'), ...collectsWhenTold })
  const forgetting = setInterval(() => {
    program.output.stdout = '' // a log of half an hour would not fit into a string
  }, 1_000)
  const peak = await peakRate(program.url, PEAK_CUSTOMERS, PEAK_MS)

  async function underLoad(minutes: number) {
    const end = performance.now() + minutes * 60_000
    const [load, heard] = await Promise.all([steadyLoad(program.url, peak / 2, end), phonesComeAndGo(program.url, end)])
    return { ...load, heard, ...(await descriptorsOf(program, cluster.port)), heap: await heapOf(program) }
  }
  const first = await underLoad(MINUTES * WARM_UP_SHARE)
  const last = await underLoad(MINUTES * (1 - WARM_UP_SHARE))
  clearInterval(forgetting)

  report('soak', {
    minutes: MINUTES,
    'visits per second at the peak': Math.round(peak),
    'visits per second held': Math.round(peak / 2),
    visits: first.visits + last.visits,
    'failed visits': JSON.stringify({ ...first.failures, ...last.failures }),
    'most visits at once': Math.max(first.mostAtOnce, last.mostAtOnce),
    'news heard by phones': first.heard + last.heard,
    'heap MB after a sixth': first.heap.toFixed(1),
    'heap MB at the end': last.heap.toFixed(1),
    'descriptors after a sixth': JSON.stringify(first.descriptors),
    'descriptors at the end': JSON.stringify(last.descriptors),
    'database sessions after a sixth': first.sessions,
    'database sessions at the end': last.sessions,
  })
  expect({ ...first.failures, ...last.failures }).toEqual({})
  expect(Math.abs(last.heap - first.heap)).toBeLessThan(HEAP_GROWTH_LIMIT_MB)
  expect(last.descriptors).toEqual(first.descriptors)
  expect(last.sessions).toBeLessThanOrEqual(SESSIONS_OF_ALL_POOLS)
})
